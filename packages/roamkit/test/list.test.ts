import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { textWidth } from '../src/cli/terminal/text-width.js'
import { CLI, runCli } from './running-cli.js'

test('the list is a table with the active ones first, under one line about the machine', async () => {
  const { code, stdout, stderr } = await runCli(['list', '--backend', 'mock'])
  const [summary, empty, heads, ...rows] = stdout.trimEnd().split('\n')
  expect(summary).toBe('backend mock, online, default Desk')
  expect(empty).toBe('')
  expect(heads?.split(/\s+/)).toEqual([
    'NAME',
    'STATE',
    'BEARER',
    'SIGNAL',
    'SECURITY',
    'DEVICE',
    'IDENTIFIER',
  ])
  expect(rows.map((line) => line.split(/\s{2,}/)[1])).toEqual([
    'active',
    ...Array(6).fill('discovered'),
    'defined',
  ])
  const column = heads?.indexOf('IDENTIFIER') ?? -1
  expect(rows.every((line) => line.slice(column).startsWith('mock-'))).toBe(true)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('with --json the list is one array, active ones first', async () => {
  const { code, stdout } = await runCli(['list', '--json', '--backend', 'mock'])
  const all = JSON.parse(stdout)
  expect(all[0]).toMatchObject({
    identifier: 'mock-desk',
    name: 'Desk',
    type: 'internetAccessPoint',
    state: 'active',
    bearerType: 'ethernet',
  })
  expect(all).toHaveLength(8)
  expect(code).toBe(0)
})

test.each([
  ['list'],
  ['list', '--json'],
  ['monitor', '--for', '0'],
  ['monitor', '--for', '0', '--json'],
  ['doctor'],
  ['doctor', '--json'],
])('nothing that a terminal obeys gets out: %s %s %s %s', async (...words) => {
  const { stdout } = await runCli([...words, '--backend', 'mock'])
  expect(stdout).toContain('wifi')
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('what Node itself can see is listed with any backend missing', async () => {
  const { code, stdout } = await runCli(['list', '--backend', 'generic', '--json'])
  expect(JSON.parse(stdout)).toBeInstanceOf(Array)
  expect(code).toBe(0)
})

const nowhere = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent/roamkit' }
const isLinux = process.platform === 'linux'

test.runIf(isLinux)('without a daemon the list comes from the kernel, and says why', async () => {
  const { code, stdout } = await runCli(['list'], nowhere)
  expect(stdout).toMatch(/^backend kernel, .*\nnot networkmanager: .*\/nonexistent\/roamkit/)
  expect(stdout).toMatch(/^not connman: .*\nnot networkd: /m)
  expect(code).toBe(0)
})

test.runIf(isLinux).each([
  ['asked for by name', ['--backend', 'networkmanager'], nowhere],
  ['asked for by its bus', ['--bus', 'unix:path=/nonexistent/roamkit'], {}],
])('without NetworkManager, but %s, it fails in plain words', async (_what, words, environment) => {
  const { code, stdout, stderr } = await runCli(['list', ...words], environment)
  expect(stderr).toMatch(/^roamkit: cannot reach NetworkManager: .*\/nonexistent\/roamkit.*\nroamkit: Start /)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
})

test('invalid arguments exit with 2 and are named, escaped', async () => {
  const { code, stdout, stderr } = await runCli(['list', '--fr\u001bob'])
  expect(stderr).toBe("roamkit: unknown option '--fr\\u{1b}ob'\nroamkit: see roamkit list --help\n")
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})

// util-linux's script(1) makes the terminal.
test.runIf(isLinux).each([40, 60, 80, 100])(
  'on a terminal of %i columns no line of the list wraps, and identifiers stay whole',
  async (columns) => {
    const line = `stty cols ${columns}; exec '${process.execPath}' '${CLI}' list --backend mock`
    const { stdout } = await promisify(execFile)('script', ['-qefc', line, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1' },
    })
    const lines = stdout.trimEnd().split('\r\n')
    // Without room, identifiers are below their rows.
    expect(lines).toHaveLength(columns < 100 ? 20 : 11)
    for (const identifier of ['mock-desk', 'mock-guest-1', 'mock-guest-2', 'mock-escapes'])
      expect(lines.some((one) => one.endsWith(`  ${identifier}`))).toBe(true)
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns)
    // What is needed to open one stays whole, where there is room.
    expect(lines.join('\n').includes('Far away')).toBe(columns > 40)
    expect(lines.some((one) => one.includes('…'))).toBe(columns < 100)
  },
)

test('a pipe gets the list whole, however wide', async () => {
  const { stdout } = await runCli(['list', '--backend', 'mock'])
  expect(stdout).toContain('free\\u{1b}[2Jwifi\\u{202e}')
  expect(stdout).not.toContain('…')
})

test('--help names every command and the exit codes, --version the version', async () => {
  const help = await runCli(['--help'])
  for (const word of ['list', 'monitor', 'open', 'doctor', 'demo', '--backend', '--bus', 'Exit codes'])
    expect(help.stdout).toContain(word)
  expect(help.stdout.split('\n').filter((line) => line.length > 120)).toEqual([])
  expect((await runCli(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/)
})
