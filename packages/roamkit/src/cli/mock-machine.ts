import { type MockConfiguration, type MockDriver, mock } from '@roamkit/backend-mock'
import type { Clock, Driver } from '@roamkit/core/contract'

/** What there is on the scripted machine: something for each thing that can be tried with the command line. */
const CONFIGURATIONS: readonly MockConfiguration[] = [
  { id: 'mock-desk', name: 'Desk', link: 'up', metered: { value: false, sure: true } },
  {
    id: 'mock-cafe',
    name: 'Café',
    bearer: 'wlan',
    purpose: 'public',
    signal: 70,
    connectivity: 'portal',
    wifi: { ssid: 'Café', hidden: false, security: 'open' },
  },
  { id: 'mock-phone', name: 'Phone', bearer: 'lte', metered: { value: true, sure: true } },
  { id: 'mock-guest-1', name: 'Guest', bearer: 'wlan', signal: 45 },
  { id: 'mock-guest-2', name: 'Guest', bearer: 'wlan', signal: 30 },
  { id: 'mock-locked', name: 'Locked', bearer: 'wlan', signal: 60 },
  { id: 'mock-far', name: 'Far away', bearer: 'wlan', inRange: false, activate: 'unknown' },
  // A network can call itself anything: this one would clear the screen and turn the text around.
  { id: 'mock-escapes', name: 'free\u001b[2Jwifi\u202e', bearer: 'wlan', signal: 15, uplink: false },
]

/** In sight, and without a profile: its key is `sourdough`. */
const VISIBLE: MockConfiguration = {
  id: 'mock-bakery',
  name: 'Bakery',
  bearer: 'wlan',
  purpose: 'private',
  saved: false,
  signal: 85,
  wifi: { ssid: 'Bakery', hidden: false, security: 'wpa' },
  secret: { psk: 'sourdough' },
}

/** How often the cable at the desk falls out, for how long, and when the phone is unplugged, in milliseconds. */
const CABLE_PERIOD = 1000
const CABLE_GONE = 400
const PHONE_STAYS = 300

/**
 * A small scripted machine in real time, for trying the command line: the cable at `Desk` falls out every now and then and is
 * put back, `Phone` is unplugged soon after it came up, the password of `Locked` is wrong. With `visibleNetworks` there is also `Bakery`, which
 * has no profile and needs a key.
 */
export function mockMachine({ visibleNetworks = false } = {}): Driver {
  const configurations = visibleNetworks ? [...CONFIGURATIONS, VISIBLE] : CONFIGURATIONS
  const driver = mock({ configurations, activationTime: 60, deactivationTime: 30 })
  return {
    contract: 1,
    name: driver.name,
    async open(host, call) {
      const phone = unpluggedPhone(driver, host.clock)
      const changed = () => {
        phone.look()
        // A fault happens once, and this password stays wrong.
        driver.world.failNext('mock-locked', 'secretWrong')
        host.changed()
      }
      const backend = await driver.open({ ...host, changed }, call)
      driver.world.setDefault('mock-desk')
      const stopCable = looseCable(driver, host.clock)
      return {
        ...backend,
        async [Symbol.asyncDispose]() {
          stopCable()
          phone.stop()
          await backend[Symbol.asyncDispose]()
        },
      }
    },
  }
}

function looseCable({ world }: MockDriver, clock: Clock): () => void {
  let undo = () => {}
  const isUp = () =>
    world.snapshot().configurations.some(({ id, link }) => id === 'mock-desk' && link === 'up')
  const wait = (carrier: boolean) => {
    undo = clock.after(carrier ? CABLE_GONE : CABLE_PERIOD - CABLE_GONE, () => {
      if (isUp()) world.carrier('mock-desk', carrier)
      wait(!carrier)
    })
  }
  wait(false)
  return () => undo()
}

function unpluggedPhone({ world }: MockDriver, clock: Clock): { look(): void; stop(): void } {
  let undo: (() => void) | null = null
  return {
    look() {
      const phone = world.snapshot().configurations.find(({ id }) => id === 'mock-phone')
      if (phone?.link !== 'up' || undo !== null) return
      undo = clock.after(PHONE_STAYS, () => world.remove('mock-phone'))
    },
    stop: () => undo?.(),
  }
}
