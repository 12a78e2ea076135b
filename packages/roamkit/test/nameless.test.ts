import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Output } from '../src/cli/output.js'
import { asking } from '../src/cli/reports/roam-answers.js'
import { reportSession } from '../src/cli/reports/session-report.js'
import { secretsFromTerminal } from '../src/cli/secrets-from-terminal.js'

/** What is said of a configuration that has no name. */
async function nameless() {
  const clock = new VirtualClock()
  const manager = await NetworkConfigurationManager.open(mock({ configurations: [{ id: 'a', name: '' }] }), {
    clock,
  })
  onTestFinished(() => manager.close())
  const notes: string[] = []
  const output = { note: (text: string) => notes.push(text) } as unknown as Output
  return { clock, manager, session: manager.createSession('a'), notes, output }
}

test('its session is reported by its identifier', async () => {
  const { clock, session, notes, output } = await nameless()
  reportSession(session, { format: 'text' }, output)
  void session.open()
  await clock.advance(100)
  void session.close()
  await clock.advance(100)
  expect(notes.slice(0, 3)).toEqual(["'a' is connecting", "'a' is connected", "the session on 'a' is open"])
  expect(notes).toContain("the session on 'a' is closed")
})

test('a person is asked about it by its identifier', async () => {
  const { session, notes, output } = await nameless()
  const { configuration } = session
  const ask = vi.fn(async () => true)
  const { signal } = new AbortController()
  await asking(ask).migrate({ configuration } as never, signal)
  await asking(ask).accept({ configuration } as never, null, signal)
  expect(ask.mock.calls.map(([question]: unknown[]) => question)).toEqual(["roam to 'a'?", "stay on 'a'?"])
  const nowhere = { stdin: {}, stderr: {} } as never
  const provider = secretsFromTerminal(output, () => false, nowhere)
  await provider({ configuration, fields: ['psk'], attempt: 1 } as never, { signal })
  expect(notes).toEqual(["'a' needs its key (psk): run this on a terminal, where you are asked for it"])
})
