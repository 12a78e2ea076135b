import { mock, VirtualClock } from '@roamkit/backend-mock'
import { allUplinks, NetworkConfigurationManager } from '@roamkit/core'
import { expect, onTestFinished, test } from 'vitest'
import type { Output } from '../src/cli/output.js'
import { accepting, answerOffers, asking, type Judge, type Trier } from '../src/cli/reports/roam-answers.js'
import { reportRoaming } from '../src/cli/reports/roam-report.js'
import { PLAIN } from '../src/cli/terminal/paint.js'
import type { ProbeResult } from '../src/probe/probe-result.js'

const UNTRUSTED = 'a\u001b[2J\n'

/** A session open on `b`, with a better `a` out of range, whose name is untrusted; what is printed, without time and columns. */
async function openLab(judge: Judge, tries: Trier = null) {
  const clock = new VirtualClock()
  const { world, ...driver } = mock({
    configurations: [
      { id: 'a', name: UNTRUSTED, bearer: 'ethernet', inRange: false, activate: 'unknown' },
      { id: 'b', bearer: 'wlan', link: 'up' },
    ],
  })
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  onTestFinished(async () => {
    const closed = manager.close()
    await clock.advance(60_000)
    await closed
  })
  const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
  const printed: string[] = []
  const output: Output = {
    line: (text) => void printed.push(text.replace(/^\S+ +/, '').replace(/ {2,}/g, ' | ')),
    json: () => {},
    note: () => {},
    paint: PLAIN,
    isTerminal: false,
    columns: null,
    ended: new AbortController().signal,
    end: null,
  }
  answerOffers(session, judge, tries, reportRoaming(manager, session, { format: 'text' }, output))
  await session.open()
  await clock.flush()
  printed.length = 0
  return { clock, world, session, printed }
}

const probed: ProbeResult = {
  verdict: 'failed',
  ok: false,
  ms: 3,
  reason: 'unexpectedStatus',
  binding: 'device',
  address: '10.0.0.2',
  status: 511,
  native: null,
  bytes: 0,
}

const passed: ProbeResult = { ...probed, verdict: 'ok', ok: true, reason: null, status: 200 }

test('untrusted names are escaped', async () => {
  const { clock, world, printed } = await openLab(accepting)
  world.setInRange('a', true)
  await clock.advance(100)
  expect(printed[0]).toMatch(/^roaming \| a\\u\{1b\}\[2J\\u\{a\} \| better than/)
  expect(printed[1]).toMatch(/^preferredConfigurationChanged \| a\\u\{1b\}\[2J\\u\{a\} \| is offered$/)
  expect(printed).toContain('accept | a\\u{1b}[2J\\u{a} | done')
  for (const raw of ['\u001b', '\n']) expect(printed.join('')).not.toContain(raw)
})

test('asks about the offer, then about the trial, with what the probe came to', async () => {
  const asked: string[] = []
  const answers = [true, false]
  const judge = asking(async (question) => {
    asked.push(question)
    return answers.shift() ?? false
  })
  const { clock, world, session, printed } = await openLab(judge, async () => probed)
  world.setInRange('a', true)
  await clock.advance(100)
  expect(asked).toEqual([
    `roam to '${UNTRUSTED}'?`,
    `stay on '${UNTRUSTED}'? It does not reach the target from 10.0.0.2: unexpectedStatus, 511 (3 ms).`,
  ])
  expect(printed.at(-1)).toMatch(/^reject .* done$/)
  expect(session.activeConfiguration).toBe('b')
})

test('a question that does not stand any more is withdrawn', async () => {
  const withdrawn: string[] = []
  const judge = asking(
    (question, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          withdrawn.push(question)
          reject(signal.reason)
        })
      }),
  )
  const { clock, world, printed } = await openLab(judge)
  world.setInRange('a', true)
  await clock.advance(10)
  world.setInRange('a', false)
  await clock.advance(10)
  expect(withdrawn).toEqual([`roam to '${UNTRUSTED}'?`])
  expect(printed.some((line) => /^(migrate|ignore)/.test(line))).toBe(false)
})

test('a probe that is pending at the deadline of the trial does not count as accepted (L7)', async () => {
  const aborted: boolean[] = []
  const pending: Trier = (_link, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted.push(true)
        reject(signal.reason)
      })
    })
  const { clock, world, session, printed } = await openLab(accepting, pending)
  world.setInRange('a', true)
  await clock.advance(1000)
  expect(session.trial).not.toBeNull()
  await clock.advance(30_000)
  expect([session.activeConfiguration, session.state, aborted]).toEqual(['b', 'connected', [true]])
  expect(printed.some((line) => /^accept/.test(line))).toBe(false)
})

test('a user who has not answered at the deadline has not accepted either (L7)', async () => {
  const judge = asking(async (question, signal) => {
    if (question.startsWith('roam')) return true
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  const { clock, world, session } = await openLab(judge)
  world.setInRange('a', true)
  await clock.advance(1000)
  expect(session.trial).not.toBeNull()
  await clock.advance(30_000)
  expect([session.activeConfiguration, session.trial]).toEqual(['b', null])
})

test('a probe that runs while the machine sleeps is not aborted, and its verdict counts (L4)', async () => {
  let settle = (_result: ProbeResult) => {}
  const slow: Trier = () =>
    new Promise((resolve) => {
      settle = resolve
    })
  const { clock, world, session, printed } = await openLab(accepting, slow)
  world.setInRange('a', true)
  await clock.advance(1000)
  world.setPower('asleep')
  await clock.flush()
  clock.sleep(3_600_000)
  world.setPower('awake')
  await clock.advance(40_000)
  settle(passed)
  await clock.advance(1000)
  expect(printed.at(-1)).toMatch(/^accept .* done$/)
  expect(session.activeConfiguration).toBe('a')
})
