import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { certificate } from './certificate.js'

/** How to make a server. */
export const plain = (listener: RequestListener): Server => createServer(listener)
export const secure = (listener: RequestListener): Server => createSecureServer(certificate, listener)

/** Answers with the address that the request came from; `/slow` not before it is told to. */
export async function startHttp(make: (listener: RequestListener) => Server = plain) {
  const slow: (() => void)[] = []
  const connections = new Set<string>()
  const methods: (string | undefined)[] = []
  const server = make((incoming, response) => {
    const { remoteAddress, remotePort } = incoming.socket
    connections.add(`${remoteAddress}:${remotePort}`)
    methods.push(incoming.method)
    const answer = () => response.end(remoteAddress)
    if (incoming.url === '/slow') slow.push(answer)
    else answer()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, slow, connections, methods, server }
}
