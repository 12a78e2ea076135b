import { readdirSync, readFileSync } from 'node:fs'
import { type MockConfiguration, mock, VirtualClock } from '@roamkit/backend-mock'
import {
  noteSessionEvents,
  parseTrace,
  recorded,
  replay,
  type SessionEventLine,
} from '@roamkit/backend-mock/trace'
import { allUplinks, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import type { Driver } from '@roamkit/core/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Action, control, WORLD_ACTIONS } from './actions.js'

const CONFIGURATIONS: readonly MockConfiguration[] = [
  { id: 'a', link: 'up' },
  { id: 'b' },
  { id: 'x', device: 'wlan0', bearer: 'wlan' },
  { id: 'y', device: 'wlan0', bearer: 'wlan' },
]

const TRACES = new URL('traces/', import.meta.url)
const RUNS = Number(process.env.ROAMKIT_RUNS ?? 60)
/** The same scripts in every run of CI; others with ROAMKIT_SEED. */
const SEED = Number(process.env.ROAMKIT_SEED ?? 1)
const MS = 20_000

/** A host on which sessions are opened and closed by number, with everything that they tell. */
class Host {
  readonly events: SessionEventLine[] = []
  readonly sessions = new Map<number, NetworkSession>()
  readonly #clock: VirtualClock
  readonly #manager: NetworkConfigurationManager
  readonly #onEvent: (line: SessionEventLine) => void

  constructor(
    clock: VirtualClock,
    manager: NetworkConfigurationManager,
    onEvent: (line: SessionEventLine) => void = () => {},
  ) {
    this.#clock = clock
    this.#manager = manager
    this.#onEvent = onEvent
    manager.defineServiceNetwork(allUplinks)
  }

  session(session: number, on: string): NetworkSession {
    const known = this.sessions.get(session)
    if (known !== undefined) return known
    const made = this.#manager.createSession(on)
    this.sessions.set(session, made)
    noteSessionEvents(made, (what) => {
      const line = { at: this.#clock.now(), session, on, ...what }
      this.events.push(line)
      this.#onEvent(line)
    })
    return made
  }

  do(session: number, on: string, does: 'open' | 'close'): void {
    this.session(session, on)
      [does]()
      .catch(() => undefined)
  }
}

const TARGETS = ['a', 'b', 'x', allUplinks.identifier] as const

/** Plays a script on the mock. @returns its trace, and what the sessions told */
async function record(script: readonly Action<string>[], names: 'hidden' | 'clear') {
  const clock = new VirtualClock()
  const driver = mock({ configurations: CONFIGURATIONS })
  const lines: string[] = []
  const recording = recorded(driver, (line) => lines.push(line), { names })
  const manager = await NetworkConfigurationManager.open(recording, { clock, reopenJitter: 0 })
  const host = new Host(clock, manager, ({ session, on, at: _, ...what }) =>
    recording.note(session, on, what),
  )
  for (const action of script) {
    const { what, which, much } = action
    const session = which % TARGETS.length
    const on = TARGETS[session] ?? 'a'
    if (what === 'open' || what === 'close') {
      recording.note(session + 1, on, { does: what })
      host.do(session + 1, on, what)
    } else control({ world: driver.world } as never, CONFIGURATIONS[which % 4]?.id ?? 'a', action)
    await clock.advance(what === 'waitLong' ? 7000 : much * 17)
  }
  await clock.advance(MS)
  const trace = { text: `${lines.join('\n')}\n`, events: [...host.events], ends: clock.now() }
  const closing = manager.close()
  await clock.advance(MS)
  await closing
  return trace
}

/** Plays a trace. @returns what the sessions told */
async function play({
  text,
  ends,
}: {
  readonly text: string
  readonly ends: number
}): Promise<readonly SessionEventLine[]> {
  const clock = new VirtualClock()
  const trace = parseTrace(text)
  const driver: Driver = replay(trace, { onCall: ({ session, on, does }) => host.do(session, on, does) })
  const manager = await NetworkConfigurationManager.open(driver, { clock, reopenJitter: 0 })
  const host = new Host(clock, manager)
  await clock.advance(ends)
  const events = host.events.slice()
  const closing = manager.close()
  await clock.advance(MS)
  await closing
  return events
}

const action = fc.record({
  what: fc.constantFrom('open', 'open', 'close', ...WORLD_ACTIONS),
  which: fc.nat({ max: 7 }),
  much: fc.nat({ max: 30 }),
})

describe('a recorded trace', () => {
  it('replayed in virtual time, makes sessions tell the same at the same times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (script) => {
        const trace = await record(script, 'clear')
        expect(await play(trace)).toEqual(trace.events)
      }),
      { numRuns: RUNS, seed: SEED },
    )
  }, 120_000)

  it('with names replaced makes them tell the same, of what stands for the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (script) => {
        const trace = await record(script, 'hidden')
        const pseudonyms = new Map(['a', 'b', 'x', 'y'].map((id, index) => [id, `link-000${index + 1}`]))
        const hidden = (id: string) => pseudonyms.get(id) ?? id
        const expected = trace.events.map((event) => ({
          ...event,
          on: hidden(event.on),
          ...('configuration' in event && { configuration: hidden(event.configuration) }),
        }))
        expect(await play(trace)).toEqual(expected)
      }),
      { numRuns: RUNS, seed: SEED },
    )
  }, 120_000)

  // Recorded by tests/linux/traces.test.ts on real NetworkManager.
  it.each(readdirSync(TRACES))('of a lab still makes sessions tell what they told then: %s', async (name) => {
    const text = readFileSync(new URL(name, TRACES), 'utf8')
    const { duration, events } = parseTrace(text)
    // The recorded machine needed time to compute.
    const withoutTimes = (all: readonly SessionEventLine[]) => all.map(({ at: _, ...event }) => event)
    const told = withoutTimes(await play({ text, ends: duration }))
    expect(told).toEqual(withoutTimes(events))
    expect(told.length).toBeGreaterThan(3)
  })
})
