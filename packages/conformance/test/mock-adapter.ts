import { fileURLToPath } from 'node:url'
import { type MockOptions, mock, VirtualClock } from '@roamkit/backend-mock'
import { asyncDispose, BackendError, type Driver, type Traffic } from '@roamkit/core/contract'
import { type HolderRegistry, inProcessHolders } from '@roamkit/core/testing'
import type { Adapter, Controls } from '../src/index.js'
import { exits, stays } from './program.js'

const LEAVES = fileURLToPath(new URL('./leave.mjs', import.meta.url))
const STAYS = fileURLToPath(new URL('./stay.mjs', import.meta.url))

/** The fixture of all laws. Two links share a device, and the last two reject commands. */
const world: MockOptions = {
  scope: 'a machine',
  directRouting: true,
  configurations: [
    { id: 'cable' },
    { id: 'cafe', bearer: 'wlan', device: 'wlan0', wifi: { ssid: 'cafe', hidden: false, security: 'open' } },
    { id: 'home', bearer: 'wlan', device: 'wlan0' },
    { id: 'locked down', activate: 'no' },
    { id: 'locked up', link: 'up', deactivate: 'no' },
  ],
}

/** The mock in virtual time, with every control. `psk` is the right secret. */
export function mockAdapter(
  wrap: (driver: Driver) => Driver = (driver) => driver,
  psk = 'correct horse',
): Adapter {
  return {
    name: 'mock',
    setup() {
      const clock = new VirtualClock()
      const registry: HolderRegistry = new Map()
      const driver = mock({ ...world, holders: () => inProcessHolders(registry) })
      return {
        driver: wrap(driver),
        controls: controlsOf(driver.world, registry, psk),
        time: { clock, pass: (ms) => clock.advance(ms) },
      }
    },
  }
}

function controlsOf(
  world: ReturnType<typeof mock>['world'],
  registry: HolderRegistry,
  psk: string,
): Required<Controls> {
  const counters = new Map<string, Traffic>()
  const count = (id: string, received: number, written: number) => {
    const before = counters.get(id) ?? { received: 0, written: 0 }
    counters.set(id, { received: before.received + received, written: before.written + written })
    world.traffic(id, counters.get(id) as Traffic)
  }
  let added = 0
  return {
    async add() {
      added += 1
      world.add({ id: `added ${added}` })
      return `added ${added}`
    },
    remove: async (id) => world.remove(id),
    rename: async (id, name) => world.set(id, { name }),
    linkUp: async (id) => world.up(id),
    linkDown: async (id) => world.down(id),
    flap: async (id) => world.flap(id),
    carrier: async (id, carrier) => world.carrier(id, carrier),
    setInRange: async (id, inRange) => world.setInRange(id, inRange),
    nameDefault: async (id) => world.setDefault(id),
    setPower: async (power) => world.setPower(power),
    traffic: async (id) => count(id, 1000, 10),
    exchangeThrough: async (id, bytes) => count(id, bytes, bytes),
    failNext: async (id) => world.failNext(id, 'addressFailed'),
    stallNext: async (id) => world.stall(id),
    stallAccept: async (id) => world.stallAccept(id),
    release: async (id) => world.release(id),
    async needSecret() {
      added += 1
      const right = { psk }
      world.add({ id: `locked ${added}`, saved: false, bearer: 'wlan', secret: right })
      return { id: `locked ${added}`, right, wrong: { psk: 'battery staple' } }
    },
    async unsaved() {
      added += 1
      world.add({ id: `unsaved ${added}`, saved: false, bearer: 'wlan' })
      return `unsaved ${added}`
    },
    refuseStoring: async (id) => world.refuseStoring(id, new BackendError('ERR_DENIED', 'not you')),
    refuseUp: async (id) => world.failNext(id, new BackendError('ERR_DENIED', 'not you')),
    refuseDown: async (id) => world.refuseDeactivate(id, new BackendError('ERR_DENIED', 'not you')),
    async hide() {
      world.appearOnScan({ id: 'hidden' })
      return 'hidden'
    },
    loseService: async () => world.loseService(),
    restoreService: async () => world.restoreService(),
    async elsewhere() {
      const holders = inProcessHolders(registry)
      return { holders, kill: async () => holders[asyncDispose]() }
    },
    exits: () => exits([LEAVES]),
    stays: () => stays([STAYS]),
  }
}
