import type { Backend } from '@roamkit/core/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connmanOver } from '../../src/connman/connman.js'
import {
  AGENT_PATH,
  CONNMAN,
  MANAGER,
  OBJECT_MANAGER,
  SERVICE,
  SERVICE_ROOT,
  TECHNOLOGY,
} from '../../src/connman/names.js'
import { ManualClock, settle } from '../manual-clock.js'
import { RandomWords } from '../random-words.js'
import { worldFaults } from '../world-faults.js'
import { FakeConnman } from './fake-connman.js'
import { FakeService } from './fake-service.js'
import { open } from './host.js'

const RUNS = Number(process.env.ROAMKIT_RUNS ?? 300)
const SEED = Number(process.env.ROAMKIT_SEED ?? Date.now() % 1e9)

const uncaught: unknown[] = []
const note = (error: unknown) => void uncaught.push(error)

beforeEach(() => {
  uncaught.length = 0
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
})

const WIFI = '/net/connman/technology/wifi'
const STATES = ['idle', 'failure', 'association', 'configuration', 'ready', 'online', 'disconnect', 'x', '']
const PROPERTIES = [
  ...['State', 'Error', 'Name', 'Type', 'Security', 'Strength', 'Favorite', 'Immutable', 'Ethernet'],
  ...['IPv4', 'IPv6', 'IPv4.Configuration', 'IPv6.Configuration', 'Nameservers', 'Domains', 'Proxy'],
  ...['Provider', 'Timeservers', '__proto__', ''],
]

const call = () => ({ signal: new AbortController().signal })

/** One signal or question of the kinds that are taken, right or wrong. */
function shout(connman: FakeConnman, words: RandomWords): void {
  const services = [...connman.services.values()]
  const path = () =>
    words.of([...services.map((one) => one.path), `${SERVICE_ROOT}x`, SERVICE_ROOT, '/', WIFI, 'x'])
  const all = () => services.map((one) => [path(), words.chance(50) ? one.properties : {}])
  switch (words.below(7)) {
    case 0:
      return connman.signal(path(), SERVICE, 'PropertyChanged', 'State', words.of(STATES))
    case 1:
      return connman.signal(path(), SERVICE, 'PropertyChanged', words.of(PROPERTIES), words.value())
    case 2:
      return connman.signal(
        '/',
        MANAGER,
        'ServicesChanged',
        words.damaged(all(), 10),
        words.damaged([path()], 10),
      )
    case 3:
      return connman.signal('/', OBJECT_MANAGER, 'InterfacesRemoved', path(), words.damaged([SERVICE], 10))
    case 4:
      return connman.signal(WIFI, TECHNOLOGY, 'PropertyChanged', words.of(['Powered', 'Type']), words.value())
    case 5:
      return connman.signal(
        '/',
        MANAGER,
        words.of(['TechnologyAdded', 'TechnologyRemoved']),
        path(),
        words.value(),
      )
    default:
      connman.agents.add(AGENT_PATH)
      connman
        .ask(words.of(['RequestInput', 'ReportError', 'Cancel', 'Release', 'x']), path(), words.value())
        .catch(() => undefined)
  }
}

/** A life of the backend, with a ConnMan that says anything. What was wrong with its worlds. */
async function run(seed: number): Promise<readonly string[]> {
  const words = new RandomWords(seed)
  const connman = FakeConnman.typical()
  connman.list(FakeService.network(connman, 'cafe', { key: 'x' }), { isAnnounced: false })
  const clock = new ManualClock()
  const percent = words.of([0, 1, 5, 20])
  const listed = connman.order.map(({ path, properties }) => [path, properties])
  connman.answers.GetServices = () => [words.damaged(listed, percent), words.value()]
  connman.answers.GetTechnologies = () => [words.damaged([[WIFI, { Type: 'wifi', Powered: true }]], percent)]
  const options = { sys: '/nowhere', callTimeout: 100, visibleNetworks: words.chance(50) }
  const host = { clock, changed: () => undefined, log: () => undefined }
  const opening = connmanOver(connman.connect, options)
    .open(host, call())
    .catch((error: unknown) => error as Error)
  await clock.advance(300)
  const backend: Backend | Error = await opening
  if (backend instanceof Error) return []
  const faults: string[] = []
  const look = () => {
    for (const fault of worldFaults(backend.snapshot())) faults.push(fault)
  }
  look()
  for (let round = 0; round < 15; round += 1) {
    shout(connman, words)
    if (words.chance(60)) look()
    if (words.chance(30)) {
      const { id = 'nobody', activation = null } = words.of(backend.snapshot().configurations) ?? {}
      const secret = async () => (words.chance(50) ? { Passphrase: 'x' } : null)
      const command = words.of([
        () => backend.activate(id, { ...call(), secret: words.chance(50) ? secret : null }),
        () => backend.deactivate(id, activation ?? 'none', call()),
        () => backend.scan(call()),
        async () => backend.forget?.(id, call()),
        async () => backend.save?.(id, call()),
        async () => backend.traffic(id),
      ])
      command().catch((error: unknown) => {
        if ((error as Error)?.name !== 'BackendError') faults.push(`rejects with ${error}`)
      })
    }
    if (words.chance(20)) await Promise.resolve()
    if (words.chance(5)) connman.changeOwner(words.of([null, ':1.7']))
  }
  await settle()
  look()
  await backend[Symbol.asyncDispose]()
  await settle()
  if (clock.pending !== 0 || connman.open !== 0)
    faults.push(`left: ${clock.pending} timers, ${connman.open} connections`)
  return faults
}

describe('what ConnMan says is untrusted', () => {
  it(`${RUNS} lives with wrong types, untrusted names and half a list: no throw, and every world is valid (ROAMKIT_SEED=${SEED})`, async () => {
    for (let index = 0; index < RUNS; index += 1) {
      const faults = await run(SEED + index)
      expect(faults, `ROAMKIT_SEED=${SEED + index} ROAMKIT_RUNS=1`).toEqual([])
      expect(uncaught, `ROAMKIT_SEED=${SEED + index} ROAMKIT_RUNS=1`).toEqual([])
    }
    expect([Object.isFrozen(Object.prototype), Object.isFrozen(Map.prototype)]).toEqual([false, false])
  }, 3_600_000)

  it('a service that is none has no configuration', async () => {
    const connman = FakeConnman.typical()
    const { backend } = await open(connman)
    const before = backend.snapshot()
    for (const path of [
      '/',
      '/net/connman/service/',
      '/net/connman/service/a/b',
      '/net/connman/service/a-b',
      7,
    ])
      connman.signal('/', MANAGER, 'ServicesChanged', [[path, { Type: 'ethernet', Favorite: true }]], [])
    connman.signal(
      '/',
      `${CONNMAN}.Other`,
      'ServicesChanged',
      [],
      [connman.service('ethernet_020000000001_cable').path],
    )
    connman.signal(
      '/x',
      MANAGER,
      'ServicesChanged',
      [],
      [connman.service('ethernet_020000000001_cable').path],
    )
    expect(backend.snapshot()).toBe(before)
  })

  it('ten thousand services take time in proportion', async () => {
    const connman = FakeConnman.typical()
    for (let number = 0; number < 10_000; number += 1)
      connman.list(FakeService.network(connman, `network ${(number * 7919) % 100_003}`), {
        isAnnounced: false,
      })
    const { backend } = await open(connman, { visibleNetworks: true })
    expect(backend.snapshot().configurations).toHaveLength(10_004)
    connman.sort()
    const { defaultId } = backend.snapshot()
    expect(defaultId).toBe('ethernet_020000000001_cable')
  }, 30_000)
})
