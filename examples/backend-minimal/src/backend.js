import { closeSync, openSync, readFileSync, watch, writeSync } from 'node:fs'
import { join } from 'node:path'
import { asyncDispose, BackendError } from '@roamkit/core/contract'

const unreported = { defaultId: null, power: 'unknown' }
const character = { updates: 'events', scan: 'no', recheck: 'no', statistics: false, ...unreported }
const always = { saved: true, uplink: true, activate: 'yes', deactivate: 'yes', inRange: true, over: null }
const lteFacts = { bearer: 'lte', purpose: 'unknown', wifi: null, signal: null, metered: null, portal: null }
const unknownFacts = { network: null, point: null, interface: null, proxy: null, connectivity: 'unknown' }
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other)

/** A driver for the modem daemon that writes `links.json` into a folder, and reads `requests` from it. */
export function modems(folder) {
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

function openModems(folder, host) {
  const find = (id) => world.configurations.find((known) => known.id === id)
  const waiting = new Set()
  let isClosed = false
  let world = Object.freeze({ ...character, service: 'lost', scope: `modems ${folder}`, configurations: [] })
  const requests = openSync(join(folder, 'requests'), 'a')
  const watcher = watch(folder, look)
  watcher.on('error', look)
  look()

  /** The daemon removes its file when it ends: the last known links stay, and pending calls reject. */
  function look() {
    const links = readLinks(folder)
    show(links ? 'ready' : 'lost', links?.map(configuration) ?? world.configurations)
    if (links === null) fail('ERR_SERVICE_LOST', 'the daemon is away')
    for (const waiter of waiting) waiter.look()
  }

  /** State first, then notify. Whatever is equal stays the same object, even the whole world. */
  function show(service, links) {
    const kept = links.map((link) => world.configurations.find((known) => same(known, link)) ?? link)
    const configurations = Object.freeze(kept.sort((a, b) => (a.id < b.id ? -1 : 1)))
    if (same(world, { ...world, service, configurations })) return
    world = Object.freeze({ ...world, service, configurations })
    host.changed()
  }

  function fail(code, message) {
    for (const waiter of waiting) waiter.reject(new BackendError(code, `modems: ${message}`))
  }

  /** Refuses in the contract's order. */
  function guard(call, id) {
    if (isClosed) throw new BackendError('ERR_CLOSED', 'modems: the backend is closed')
    call.signal.throwIfAborted()
    if (world.service === 'lost') throw new BackendError('ERR_SERVICE_LOST', 'modems: the daemon is away')
    if (id !== undefined && !find(id))
      throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `modems: there is no ${JSON.stringify(id)}`)
  }

  /** Waits for the daemon's answer. An abort only ends the waiting. */
  async function accepted(id, { signal }) {
    const waiter = {}
    const abort = () => waiter.reject(signal.reason)
    const answer = new Promise((resolve, reject) => {
      waiter.reject = reject
      waiter.look = () => find(id)?.activation && resolve(find(id)?.activation)
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
    async activate(id, request) {
      guard(request, id)
      if (find(id)?.activation === null) writeSync(requests, `up ${id}\n`)
      return accepted(id, request)
    },
    async deactivate(id, activation, call) {
      guard(call, id)
      if (find(id)?.activation === activation) writeSync(requests, `down ${id} ${activation}\n`)
    },
    async scan(call) {
      guard(call)
      throw new BackendError('ERR_NOT_SUPPORTED', 'modems: there is nothing to scan')
    },
    async recheck(id, call) {
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

function readLinks(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'links.json'), 'utf8'))
  } catch {
    // Not there, not readable, or damaged. `watch()` calls this: an error would end the whole application.
    return null
  }
}

/** Translates the daemon's facts about a link into the terms of the contract. */
function configuration({ id, state, activation, ended }) {
  const link = { link: state, carrier: state === 'up' || null, activation, ended: Object.freeze(ended) }
  return Object.freeze({ id, name: id, device: id, ...link, ...always, ...lteFacts, ...unknownFacts })
}
