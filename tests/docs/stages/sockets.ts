import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { mock } from '@roamkit/backend-mock'
import { byOrder, NetworkConfigurationManager } from '@roamkit/core'
import { Aedes } from 'aedes'
import { until } from './until.js'

const link = (address: string) => ({
  name: 'lo',
  index: 1,
  hardwareAddress: null,
  mtu: 65_536,
  addresses: [`${address}/8`],
  gateways: [],
  dns: [],
  searchDomains: [],
})

/** A machine whose links have addresses of the loopback device, so that real connections use them. */
const network = mock({
  configurations: [
    { id: 'wifi', link: 'up', interface: link('127.0.0.11') },
    { id: 'cable', inRange: false, interface: link('127.0.0.12') },
  ],
})

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const plain = createHttp((_request, response) => response.end('{}'))
const broker = await Aedes.createBroker()

/** For an example that is given an open session, a web server, a broker and a server that sends back what it gets. */
export const manager = await NetworkConfigurationManager.open(network)
manager.defineServiceNetwork({
  identifier: 'uplinks',
  members: ['wifi', 'cable'],
  ranking: [byOrder(['cable', 'wifi'])],
})
export const session = manager.createSession('uplinks')
await session.open()
export const host = '127.0.0.1'
export const url = `http://${host}:${await portOf(plain)}/`
export const brokerUrl = `mqtt://${host}:${await portOf(createServer(broker.handle as Parameters<typeof createServer>[0]))}`
export const port = await portOf(createServer((socket) => socket.on('error', () => {}).pipe(socket)))

export async function finish(): Promise<void> {
  network.world.setInRange('cable', true)
  await until(
    'the session moves to the cable',
    () => session.isConnected && session.activeConfiguration === 'cable',
  )
  await manager.close()
}
