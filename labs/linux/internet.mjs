// The lab's "Internet", in the peer's network: NetworkManager's connectivity check, a portal in front of it, bytes to fetch.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [portalFile = '', readyFile = ''] = process.argv.slice(2)

const server = createServer((request, response) => {
  const mode = readFileSync(portalFile, 'utf8').trim()
  if (mode === 'limited') {
    request.socket.destroy()
    return
  }
  if (mode === 'portal' && request.url !== '/login') {
    response.writeHead(302, { Location: `http://${request.headers.host}/login`, 'Content-Length': 0 }).end()
    return
  }
  const [, bytes] = /^\/bytes\/(\d+)$/.exec(request.url ?? '') ?? []
  const body = bytes === undefined ? 'NetworkManager is online\n' : Buffer.alloc(Number(bytes), 'x')
  response.writeHead(200, { 'Content-Length': Buffer.byteLength(body) }).end(body)
})
server.listen(8080, '0.0.0.0', () => writeFileSync(readyFile, ''))
