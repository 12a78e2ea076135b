import { expect, test } from 'vitest'
import { eventLine } from '../src/cli/reports/event-line.js'
import { PLAIN } from '../src/cli/terminal/paint.js'
import { RunningCli, runCli } from './running-cli.js'

const monitor = ['monitor', '--backend', 'mock']

test('each line is a JSON object with time, event, identifier and state', async () => {
  const cli = new RunningCli([...monitor, '--json'])
  await cli.prints(/"stateChanged".*"notAvailable"/)
  cli.child.kill('SIGINT')
  const { stdout } = await cli.finished
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const event of events)
    expect(Object.keys(event)).toEqual(expect.arrayContaining(['time', 'event', 'identifier', 'state']))
  expect(events.slice(0, 8).map(({ event }) => event)).toEqual(Array(8).fill('configuration'))
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'configurationChanged', identifier: 'mock-desk', state: 'defined' }),
  )
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s is its proper end', async (signal) => {
  const cli = new RunningCli(monitor)
  await cli.prints(/Desk/)
  cli.child.kill(signal)
  expect(await cli.finished).toMatchObject({ code: 0, stderr: '' })
})

test('with --for it ends by itself', async () => {
  expect(await runCli([...monitor, '--for', '1'])).toMatchObject({ code: 0, stderr: '' })
})

test('a line has nothing that a terminal obeys', () => {
  const untrusted = 'a\u001b[2J\u202e'
  const event = {
    time: '2026-01-01T00:00:00.000Z',
    event: 'capabilitiesChanged',
    identifier: untrusted,
  } as const
  const line = eventLine({ ...event, name: untrusted, state: untrusted }, PLAIN)
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  expect(line.split('a\\u{1b}[2J\\u{202e}')).toHaveLength(3)
})

test('it ends quietly when the reader is gone', async () => {
  const cli = new RunningCli(monitor)
  await cli.prints(/Desk/)
  cli.child.stdout?.destroy()
  expect(await cli.finished).toMatchObject({ code: 0, stderr: '' })
})
