// The lab's "Internet", in the peer's network: NetworkManager's and ConnMan's connectivity checks, a portal in front of it, bytes to fetch.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [portalFile = '', readyFile = ''] = process.argv.slice(2)

/** What those get who come from that address: `portal`, or `portal 10.91.0.` for one link only. @param {string} address */
function modeFor(address) {
  const [mode, network = ''] = readFileSync(portalFile, 'utf8').trim().split(' ')
  return address.startsWith(network) ? mode : 'full'
}

const server = createServer((request, response) => {
  const mode = modeFor(request.socket.remoteAddress ?? '')
  if (mode === 'limited') {
    request.socket.destroy()
    return
  }
  if (mode === 'portal' && request.url !== '/login') {
    response.writeHead(302, { Location: `http://${request.headers.host}/login`, 'Content-Length': 0 }).end()
    return
  }
  if (request.url === '/generate_204') {
    response.writeHead(204).end()
    return
  }
  if (request.url === '/online') {
    // ConnMan's online check. With a body, ConnMan 1.41 does not read the header.
    response.writeHead(200, { 'X-ConnMan-Status': 'online', 'Content-Length': 0 }).end()
    return
  }
  const [, bytes] = /^\/bytes\/(\d+)$/.exec(request.url ?? '') ?? []
  const body = bytes === undefined ? 'NetworkManager is online\n' : Buffer.alloc(Number(bytes), 'x')
  response.writeHead(200, { 'Content-Length': Buffer.byteLength(body) }).end(body)
})
server.listen(8080, '0.0.0.0', () => writeFileSync(readyFile, ''))
