import type { Diagnosis } from '@roamkit/core'
import { expect, test } from 'vitest'
import { doctorPage } from '../src/cli/reports/doctor-page.js'
import { COLOUR, PLAIN } from '../src/cli/terminal/paint.js'
import { wrappedText } from '../src/cli/terminal/wrapped-text.js'
import { runCli } from './running-cli.js'

const doctor = (...words: string[]) => runCli(['doctor', ...words, '--backend', 'mock'])
const nowhere = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent/roamkit' }

test('the page says what may be done, and which configurations can be opened', async () => {
  const { code, stdout, stderr } = await doctor()
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toBe('backend mock, ready')
  expect(lines).toContainEqual(expect.stringMatching(/^canStartAndStopInterfaces {2}yes +Sessions can/))
  const verdicts = lines.flatMap(
    (line) => /^(yes|maybe|no) .* (mock-\S+)$/.exec(line)?.slice(1).join(' ') ?? [],
  )
  expect(verdicts).toEqual([
    'yes mock-cafe',
    'yes mock-desk',
    'yes mock-escapes',
    'yes mock-guest-1',
    'yes mock-guest-2',
    'yes mock-locked',
    'yes mock-phone',
    'no mock-far',
  ])
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
})

test.each([
  ['Desk', 0, /^yes +Desk {2}mock-desk\nnote +It is up\. /m],
  ['mock-cafe', 0, /^yes +Café {2}mock-cafe\nnote +No problems found\./m],
  ['mock-far', 1, /^no +Far away {2}mock-far\nproblem +It is out of range: .*\n.*\n +-> Move closer/m],
  ['Guest', 0, /mock-guest-1\n.*\n.*mock-guest-2/],
])('about %s it exits with %i', async (target, exitCode, words) => {
  const { code, stdout, stderr } = await doctor(target)
  expect(stdout).toMatch(words)
  expect({ code, stderr }).toEqual({ code: exitCode, stderr: '' })
})

test('about what is not there it says what there is', async () => {
  const { code, stdout, stderr } = await doctor('Cafe')
  expect(stderr).toBe("roamkit: there is no configuration 'Cafe'; did you mean 'Café'?\n")
  expect(stdout).toContain('There is no configuration with that identifier.')
  expect(code).toBe(1)
})

test('with --json it is one object, the same verdicts as data', async () => {
  const { code, stdout } = await doctor('--json')
  const { backend, machine, configurations } = JSON.parse(stdout)
  expect(backend).toEqual({ name: 'mock', passedOver: [], failure: null })
  expect(machine).toMatchObject({ service: 'ready', updates: 'events', holders: 'process', findings: [] })
  expect(configurations).toHaveLength(8)
  const far = (configurations as Diagnosis[]).find(({ identifier }) => identifier === 'mock-far')
  expect(far).toMatchObject({ canOpen: 'no', findings: [{ code: 'outOfRange', severity: 'problem' }] })
  expect(code).toBe(1)
})

test('a backend that is not there is a finding, with advice', async () => {
  const words = ['doctor', '--backend', 'networkmanager']
  const page = await runCli(words, nowhere)
  expect(page.stdout).toMatch(/^backend networkmanager, unavailable\nproblem +cannot reach NetworkManager: /)
  expect(page.stdout).toMatch(/-> Start the service/)
  expect([page.code, page.stderr]).toEqual([1, ''])
  const { code, stdout } = await runCli([...words, '--json'], nowhere)
  expect(JSON.parse(stdout)).toMatchObject({
    backend: { name: 'networkmanager', failure: { advice: expect.stringMatching(/^Start/) } },
    machine: null,
    configurations: [],
  })
  expect(code).toBe(1)
})

test('a backend that only watches is said to do so', async () => {
  const { stdout } = await runCli(['doctor', '--backend', 'generic'])
  expect(stdout).toMatch(/^canStartAndStopInterfaces {2}no /m)
})

test.runIf(process.platform === 'linux')('who was passed over is said, and why', async () => {
  const { stdout } = await runCli(['doctor'], nowhere)
  expect(stdout).toMatch(/^backend kernel, ready\nnot networkmanager: .*\/nonexistent\/roamkit/)
  expect(stdout).toMatch(/^not connman: .*\nnot networkd: /m)
})

const nobody = { pid: null, user: null, name: null, since: null }
const HELD = [
  {
    identifier: 'x',
    name: 'X',
    holder: { pid: 5, user: 'root', name: 'app\u001b', since: '2026-01-01T00:00:00.000Z' },
  },
  { identifier: 'x', name: 'X', holder: nobody },
  { identifier: 'y', name: 'Y', holder: { ...nobody, name: 'not of x' } },
]

const UNTRUSTED: Diagnosis = {
  identifier: 'x',
  name: 'a\u001b[2J',
  canOpen: 'maybe',
  findings: [{ code: 'portal', severity: 'warning', says: 'b\nc', advice: '\u202ed' }],
}

test('names and words from outside are escaped, also where the page is coloured', () => {
  const machine = {
    service: 'ready',
    findings: [],
    permissions: [],
    capabilities: [],
    holders: 'process',
  } as const
  const rest = { updates: 'events', scope: null, held: [] } as const
  const backend = { name: 'mock', passedOver: [{ name: 'y', message: 'e\u001b' }], failure: null }
  const examination = {
    backend,
    machine: { ...machine, ...rest },
    configurations: [UNTRUSTED],
    holders: HELD,
  }
  const plain = doctorPage(examination, { detail: 'full', paint: PLAIN, columns: null })
  expect(plain.slice(1)).toEqual([
    'not y: e\\u{1b}',
    '',
    'can it be opened?',
    'maybe    a\\u{1b}[2J  x',
    'warning  b\\u{a}c',
    '         -> \\u{202e}d',
    "note     Held by 'app\\u{1b}' (process 5, user root, since 2026-01-01T00:00:00.000Z).",
    'note     Held by a program without a name.',
  ])
  const coloured = doctorPage(examination, { detail: 'full', paint: COLOUR, columns: null }).join('\n')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken away.
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.join('\n'))
})

test.each([
  ['', 5, ['']],
  ['a b c', 3, ['a b', 'c']],
  ['longer than that', 4, ['longer', 'than', 'that']],
  ['東京 東京', 5, ['東京', '東京']],
])('%j in %i columns', (text, width, lines) => {
  expect(wrappedText(text, width)).toEqual(lines)
})
