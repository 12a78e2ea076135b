import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { NetworkConfiguration } from '@roamkit/core'
import type { LinkConfiguration, World } from '@roamkit/core/contract'
import { expect } from 'vitest'
import { until } from './host.js'
import { StormWorld, type Witness } from './storm-world.js'

const run = promisify(execFile)

/** Rejects, naming it, where a promise takes longer than it may; a rejection of its own is an outcome like any other. */
export async function withinBound<T>(
  what: string,
  promise: Promise<T>,
  ms = 15_000,
): Promise<PromiseSettledResult<T>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} was not settled within ${ms} ms`)), ms)
  })
  try {
    const [result] = await Promise.race([Promise.allSettled([promise]), late])
    return result
  } finally {
    clearTimeout(timer)
  }
}

/** A backend may have asked a NetworkManager that was still starting: it gives that call up after 25 s, and asks again. */
const AS_LONG_AS_A_CALL = 40_000

/**
 * What must hold once a storm is over and everything runs again: the service is ready, the model equals that of a manager
 * opened now, and every session that is open is connected and every other one at rest.
 */
export async function expectCalm(worlds: readonly StormWorld[]): Promise<void> {
  const fresh = await StormWorld.open()
  try {
    await until(() => {
      for (const { manager, backend, witnesses } of worlds) {
        expect(manager.service).toBe('ready')
        expect(comparable(backend.snapshot())).toEqual(comparable(fresh.backend.snapshot()))
        expect(model(manager)).toEqual(model(fresh.manager))
        for (const { name, session } of witnesses) {
          const twin = fresh.manager.createSession(session.configuration.identifier)
          expect([name, session.state, session.interface]).toEqual([name, twin.state, twin.interface])
          if (session.isOpen) expect([name, session.state]).toEqual([name, 'connected'])
        }
      }
    }, AS_LONG_AS_A_CALL)
  } finally {
    await fresh.manager.close()
  }
  for (const { witnesses } of worlds) for (const witness of witnesses) expectOrder(witness)
}

/** Rules of order that hold at any time: `opened` and `closed` take turns, and no state comes twice in a row. */
function expectOrder({ name, session, words }: Witness): void {
  const turns = words.filter((word) => word === 'opened' || word === 'closed')
  const expected = turns.map((_, index) => (index % 2 === 0 ? 'opened' : 'closed'))
  expect([name, ...turns]).toEqual([name, ...expected])
  expect([name, session.isOpen]).toEqual([name, turns.at(-1) === 'opened'])
  const states = words.filter((word) => /^[a-zA-Z]+$/.test(word) && word !== 'opened' && word !== 'closed')
  for (const [index, state] of states.entries())
    expect(`${name}: ${state} after ${states[index - 1]}`).not.toBe(`${name}: ${state} after ${state}`)
}

/**
 * What must hold once everybody has let go: no link is up that sessions of ours brought up (one that a restarted
 * NetworkManager took over is the system's, rule H1).
 */
export async function expectNothingHeld(worlds: readonly StormWorld[]): Promise<void> {
  await until(() => {
    for (const { backend, brought } of worlds)
      for (const { name, link, activation } of backend.snapshot().configurations)
        expect(activation !== null && brought.has(activation) ? `${name} is left ${link}` : '').toBe('')
  })
}

/** Everything that could leak, counted: of this process, and of the bus on its behalf. */
export interface Resources {
  readonly matchRules: number
  /** What keeps the event loop alive besides timers, by kind. */
  readonly handles: Readonly<Record<string, number>>
}

/** The resources in use now. */
export async function resources(): Promise<Resources> {
  return { matchRules: await ownMatchRules(), handles: activeHandles() }
}

function activeHandles(): Record<string, number> {
  const counts: Record<string, number> = {}
  // The test runner has timers of its own; ours are counted by their clock.
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== 'Timeout') counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Fails where more is in use than before, and goes on being so. */
export async function expectNoLeak(before: Resources, worlds: readonly StormWorld[]): Promise<void> {
  for (const { timers } of worlds) expect(timers).toBe(0)
  await until(async () => {
    const after = await resources()
    expect(after.matchRules).toBe(before.matchRules)
    for (const [kind, count] of Object.entries(after.handles))
      expect(`${kind} ${Math.max(count, before.handles[kind] ?? 0)}`).toBe(
        `${kind} ${before.handles[kind] ?? 0}`,
      )
  })
}

/** The match rules that the bus keeps for connections of this process. */
async function ownMatchRules(): Promise<number> {
  const rules = await askBus('org.freedesktop.DBus.Debug.Stats.GetAllMatchRules')
  const counts = new Map<string, number>()
  let name = ''
  for (const line of rules.split('\n')) {
    const [, connection] = /^\s*string "(:[\d.]+)"/.exec(line) ?? []
    if (connection !== undefined) name = connection
    else if (line.includes('type=')) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  let own = 0
  for (const [connection, count] of counts) {
    const answer = await askBus(
      'org.freedesktop.DBus.GetConnectionUnixProcessID',
      `string:${connection}`,
    ).catch(() => '') // it is gone meanwhile
    if (Number(/uint32 (\d+)/.exec(answer)?.[1]) === process.pid) own += count
  }
  return own
}

async function askBus(method: string, ...args: string[]): Promise<string> {
  const at = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', method]
  return (await run('dbus-send', ['--system', '--print-reply', ...at, ...args])).stdout
}

/** Activations are another in each life of NetworkManager, and only who was there knows how the last ones ended. */
function comparable(world: World) {
  return { ...world, configurations: world.configurations.map(facts) }
}

function facts({ activation, ended: _ended, ...rest }: LinkConfiguration) {
  return { ...rest, isActive: activation !== null }
}

function model(manager: StormWorld['manager']) {
  const { configurations, defaultConfiguration, ...rest } = manager.getSnapshot()
  const overview = { ...rest, default: defaultConfiguration?.identifier }
  return { ...overview, configurations: configurations.map(withoutOurs) }
}

/** `connectTimeout` is the manager's own setting. */
function withoutOurs({ connectTimeout: _ours, ...facts }: NetworkConfiguration) {
  return facts
}
