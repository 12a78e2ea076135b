import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ScenarioRun } from '../src/runs/scenario-run.js'
import { TraceRun } from '../src/runs/trace-run.js'
import { readyMade } from '../src/scenarios/ready-made.js'
import type { Scenario } from '../src/scenarios/scenario.js'

/** Names are isolated in sentences by characters that have no width. */
const plain = (text: string) => text.replace(/[\u2068\u2069]/g, '')

const entries = ({ course }: Pick<ScenarioRun, 'course'>) =>
  course.entries.map(({ at, says }) => `${at} ${plain(says)}`)

const scenario = (name: string) => readyMade[name] as Scenario

describe('a scenario', () => {
  it.each(Object.values(readyMade))('plays the same way however time is cut: %#', async (one) => {
    const [whole, pieces] = [await ScenarioRun.open(one), await ScenarioRun.open(one)]
    await whole.pass(30_000)
    for (let passed = 0; passed < 30_000; passed += 37) await pieces.pass(Math.min(37, 30_000 - passed))
    expect(entries(pieces)).toEqual(entries(whole))
    await whole.close()
    await pieces.close()
  })

  it('walks from one network to the other, and stays open', async () => {
    const run = await ScenarioRun.open(scenario('Walk from one Wi-Fi network to another'))
    await run.pass(30_000)
    expect(run.session.isOpen).toBe(true)
    expect(run.session.activeConfiguration).toBe('library')
    expect(
      entries(run).some((entry) => entry.endsWith('roaming from Café to Library: better by signal')),
    ).toBe(true)
    expect(run.nextStep).toBeNull()
    await run.close()
  })

  it('contains what was done, and plays it again', async () => {
    const first = await ScenarioRun.open(scenario('A cable, a Wi-Fi network and a phone'))
    await first.pass(1234)
    await first.perform({ does: 'open' })
    await first.pass(2000)
    await first.perform({ does: 'range', on: 'cable', value: true })
    await first.pass(777)
    await first.perform({ does: 'migrate' })
    await first.pass(1500)
    await first.perform({ does: 'reject' })
    await first.pass(5000)
    const again = await ScenarioRun.open(first.scenario as Scenario)
    await again.pass(first.clock.now())
    expect(entries(again)).toEqual(entries(first))
    expect(entries(first)).toContain('4011 roaming')
    await first.close()
    await again.close()
  })

  it('drops the rest of its script when someone takes part', async () => {
    const run = await ScenarioRun.open(scenario('A loose plug'))
    await run.pass(5000)
    await run.perform({ does: 'close' })
    expect(run.nextStep).toBeNull()
    expect(run.scenario?.steps.map(({ does }) => does)).toEqual(['open', 'range', 'close'])
    expect(entries(run)).toContain('5000 you take part, so the script ends here')
    await run.close()
  })

  it('with too many steps cannot be shared', async () => {
    const run = await ScenarioRun.open(scenario('A cable, a Wi-Fi network and a phone'))
    for (let step = 0; step < 500; step += 1)
      await run.perform({ does: 'signal', on: 'cafe', value: step % 100 })
    expect(run.scenario?.steps.length).toBe(500)
    await run.perform({ does: 'open' })
    expect(run.scenario).toBeNull()
    await run.close()
  })

  it('stops at once when it is told to', async () => {
    const run = await ScenarioRun.open(scenario('A cable, a Wi-Fi network and a phone'))
    await run.pass(10_000, () => run.clock.now() >= 300)
    expect(run.clock.now()).toBe(300)
    await run.close()
  })
})

describe('a trace', () => {
  const text = readFileSync(
    new URL('../../tests/semantics/traces/networkmanager-cable.trace', import.meta.url),
    'utf8',
  )

  it('is compared with the recording when it ends', async () => {
    const run = await TraceRun.open(text)
    await run.pass(100_000)
    expect(run.nextStep).toBeNull()
    expect(entries(run).at(-1)).toMatch(/the sessions emitted the same events as in the recording: \d+$/)
    await run.close()
  })

  it('that differs from the recording says where', async () => {
    const changed = text.replace('"event":"opened"', '"event":"closed"')
    const run = await TraceRun.open(changed)
    await run.pass(100_000)
    expect(entries(run).at(-1)).toMatch(/event \d+ differs: recorded .*closed.*, replayed .*opened/)
    await run.close()
  })

  it('with more sessions than a page can follow is refused', async () => {
    const calls = Array.from({ length: 1001 }, (_, index) =>
      JSON.stringify({ at: 368, session: index + 1, on: 'link-0001', does: 'open' }),
    )
    const untrusted = [...text.split('\n').slice(0, 2), ...calls, ''].join('\n')
    await expect(TraceRun.open(untrusted)).rejects.toThrow(
      'it has 1001 sessions, and at most 1000 are played',
    )
  })

  it('can be closed before its sessions are called', async () => {
    const run = await TraceRun.open(text)
    await run.close()
    expect(run.session).toBeNull()
    expect(entries(run)).toEqual([])
  })
})
