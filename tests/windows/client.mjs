// A process of the lab's tests: what it does is its first argument.
import { fileURLToPath } from 'node:url'
import { runNode, world } from '@roamkit/lab-windows'
import { watch, wifi } from './api.mjs'
import { until } from './until.mjs'

/** @type {Record<string, () => unknown>} */
const actions = {
  state: () => world('state'),
  /** Somebody in another process connects; here it is heard and seen. */
  share: async () => {
    world('adapter add Wi-Fi type=wifi')
    world('wifi add Wi-Fi')
    world('network add Home')
    world('profile add Wi-Fi Home')
    const client = wifi({ sources: 8 })
    const [{ guid }] = client.interfaces()
    const other = await runNode([fileURLToPath(import.meta.url), 'connect'])
    await until('heard', () => client.received.includes('complete'), {
      seen: () => [client.received, world('state').wifi, other],
    })
    return { here: client.received, there: client.connection(guid) }
  },
  connect: () => world('connect Wi-Fi Home'),
  /** Registrations and handles stay open, callbacks included. */
  leave: () => {
    watch('NotifyIpInterfaceChange')
    wifi()
    return null
  },
}

console.log(JSON.stringify(await actions[process.argv[2] ?? '']?.()))
