import { closeSync, openSync, readFileSync, watch, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Activate,
  asyncDispose,
  type Backend,
  BackendError,
  type BackendErrorCode,
  type BackendHost,
  type Call,
  type Driver,
  type Ended,
  type LinkConfiguration,
  type LinkPhase,
  type World,
} from '@roamkit/core/contract'

/** What the daemon writes about a link. */
export interface DaemonLink {
  readonly id: string
  readonly state: LinkPhase
  readonly activation: string | null
  readonly ended: Ended | null
}

/** A call that waits for the daemon's answer. */
interface Waiter {
  look(): void
  reject(reason: unknown): void
}

const unreported = { defaultId: null, power: 'unknown' } as const
const character = { updates: 'events', scan: 'no', recheck: 'no', statistics: false, ...unreported } as const
const always = {
  saved: true,
  uplink: true,
  activate: 'yes',
  deactivate: 'yes',
  inRange: true,
  over: null,
} as const
const lteFacts = {
  bearer: 'lte',
  purpose: 'unknown',
  wifi: null,
  signal: null,
  metered: null,
  portal: null,
} as const
const unknownFacts = {
  network: null,
  point: null,
  interface: null,
  proxy: null,
  connectivity: 'unknown',
} as const
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** A driver for the modem daemon that writes `links.json` into a folder, and reads `requests` from it. */
export function modems(folder: string): Driver {
  return {
    contract: 1,
    name: 'modems',
    async open(host, call) {
      call.signal.throwIfAborted()
      if (readLinks(folder) === null)
        throw new BackendError('ERR_SERVICE_LOST', `modems: no daemon writes to ${folder}`)
      return openModems(folder, host)
    },
  }
}

function openModems(folder: string, host: BackendHost): Backend {
  const find = (id: string) => world.configurations.find((known) => known.id === id)
  const waiting = new Set<Waiter>()
  let isClosed = false
  let world: World = Object.freeze({
    ...character,
    service: 'lost',
    scope: `modems ${folder}`,
    configurations: [],
  })
  const requests = openSync(join(folder, 'requests'), 'a')
  const watcher = watch(folder, look)
  watcher.on('error', look)
  look()

  /** The daemon removes its file when it ends: the last known links stay, and pending calls reject. */
  function look(): void {
    const links = readLinks(folder)
    show(links ? 'ready' : 'lost', links?.map(configuration) ?? world.configurations)
    if (links === null) fail('ERR_SERVICE_LOST', 'the daemon is away')
    for (const waiter of waiting) waiter.look()
  }

  /** State first, then notify. Whatever is equal stays the same object, even the whole world. */
  function show(service: World['service'], links: readonly LinkConfiguration[]): void {
    const kept = links.map((link) => world.configurations.find((known) => same(known, link)) ?? link)
    const configurations = Object.freeze(kept.sort((a, b) => (a.id < b.id ? -1 : 1)))
    if (same(world, { ...world, service, configurations })) return
    world = Object.freeze({ ...world, service, configurations })
    host.changed()
  }

  function fail(code: BackendErrorCode, message: string): void {
    for (const waiter of waiting) waiter.reject(new BackendError(code, `modems: ${message}`))
  }

  /** Refuses in the contract's order. */
  function guard(call: Call, id?: string): void {
    if (isClosed) throw new BackendError('ERR_CLOSED', 'modems: the backend is closed')
    call.signal.throwIfAborted()
    if (world.service === 'lost') throw new BackendError('ERR_SERVICE_LOST', 'modems: the daemon is away')
    if (id !== undefined && !find(id))
      throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `modems: there is no ${JSON.stringify(id)}`)
  }

  /** Waits for the daemon's answer. An abort only ends the waiting. */
  async function accepted(id: string, { signal }: Call): Promise<string> {
    const waiter = {} as Waiter
    const abort = () => waiter.reject(signal.reason)
    const answer = new Promise<string>((resolve, reject) => {
      waiter.reject = reject
      waiter.look = () => find(id)?.activation && resolve(find(id)?.activation as string)
    })
    waiting.add(waiter)
    signal.addEventListener('abort', abort)
    waiter.look()
    try {
      return await answer
    } finally {
      waiting.delete(waiter)
      signal.removeEventListener('abort', abort)
    }
  }

  return {
    snapshot: () => world,
    traffic: () => null,
    holders: null,
    async activate(id: string, request: Activate) {
      guard(request, id)
      if (find(id)?.activation === null) writeSync(requests, `up ${id}\n`)
      return accepted(id, request)
    },
    async deactivate(id: string, activation: string, call: Call) {
      guard(call, id)
      if (find(id)?.activation === activation) writeSync(requests, `down ${id} ${activation}\n`)
    },
    async scan(call: Call) {
      guard(call)
      throw new BackendError('ERR_NOT_SUPPORTED', 'modems: there is nothing to scan')
    },
    async recheck(id: string, call: Call) {
      guard(call, id)
      throw new BackendError('ERR_NOT_SUPPORTED', `modems: the connectivity of ${id} cannot be checked`)
    },
    async [asyncDispose]() {
      if (isClosed) return
      isClosed = true
      watcher.close()
      closeSync(requests)
      fail('ERR_CLOSED', 'the backend is closed')
    },
  }
}

function readLinks(folder: string): DaemonLink[] | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'links.json'), 'utf8'))
  } catch {
    // Not there, not readable, or damaged. `watch()` calls this: an error would end the whole application.
    return null
  }
}

/** Translates the daemon's facts about a link into the terms of the contract. */
function configuration({ id, state, activation, ended }: DaemonLink): LinkConfiguration {
  const link = { link: state, carrier: state === 'up' || null, activation, ended: Object.freeze(ended) }
  return Object.freeze({ id, name: id, device: id, ...link, ...always, ...lteFacts, ...unknownFacts })
}
