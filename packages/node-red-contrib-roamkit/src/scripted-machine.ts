import { mock } from '@roamkit/backend-mock'
import type { Driver } from 'roamkit'

/** How long the cable is in, and then out, in milliseconds. */
const PLUGGED = 50_000
const PULLED = 10_000

/**
 * A machine that does not exist, to try a flow on: a cable that is pulled for ten seconds of every minute, a Wi-Fi network, and a phone that
 * costs money.
 */
export function scriptedMachine(): Driver {
  const driver = mock({
    configurations: [
      { id: 'mock-desk', name: 'Desk', link: 'up', metered: { value: false, sure: true } },
      { id: 'mock-cafe', name: 'Café', bearer: 'wlan', purpose: 'public', signal: 70 },
      { id: 'mock-phone', name: 'Phone', bearer: 'lte', metered: { value: true, sure: true } },
    ],
  })
  const isUp = () =>
    driver.world.snapshot().configurations.some(({ id, link }) => id === 'mock-desk' && link === 'up')
  return {
    contract: driver.contract,
    name: driver.name,
    async open(host, call) {
      const backend = await driver.open(host, call)
      driver.world.setDefault('mock-desk')
      let stop = () => {}
      const wait = (ms: number, carrier: boolean) => {
        stop = host.clock.after(ms, () => {
          if (isUp()) driver.world.carrier('mock-desk', carrier)
          wait(carrier ? PLUGGED : PULLED, !carrier)
        })
      }
      wait(PLUGGED, false)
      return {
        ...backend,
        async [Symbol.asyncDispose]() {
          stop()
          await backend[Symbol.asyncDispose]()
        },
      }
    },
  }
}
