import { userInfo } from 'node:os'
import { mock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { expect, test, vi } from 'vitest'
import { holdersTable } from '../src/cli/commands/holders.js'
import { heldLinks } from '../src/cli/reports/held-links.js'
import { PLAIN } from '../src/cli/terminal/paint.js'
import { textWidth } from '../src/cli/terminal/text-width.js'
import { runCli } from './running-cli.js'

vi.mock('node:os', async (original) => {
  const os = await original<typeof import('node:os')>()
  return { ...os, userInfo: vi.fn(os.userInfo) }
})

test('says that no links are held, and that the holders of other processes are not shown', async () => {
  const { code, stdout, stderr } = await runCli(['holders', '--backend', 'mock'])
  expect(stdout).toMatch(/^Holders are counted per process here.*\nno links are held\n$/)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('where links are not shared, says that each manager counts only its own sessions', async () => {
  const { code, stdout } = await runCli(['holders', '--backend', 'generic'])
  expect(stdout).toMatch(/^Each manager counts only its own sessions here.*\nno links are held\n$/)
  expect(code).toBe(0)
})

test('with --json it is one array', async () => {
  const { code, stdout } = await runCli(['holders', '--json', '--backend', 'mock'])
  expect({ code, all: JSON.parse(stdout) }).toEqual({ code: 0, all: [] })
})

test('an unknown option is invalid', async () => {
  expect((await runCli(['holders', '--hold', '5'])).code).toBe(2)
})

test('names the link and who holds it, as far as the backend knows', async () => {
  await using manager = await NetworkConfigurationManager.open(
    mock({ scope: 'holders-test', configurations: [{ id: 'a', name: 'Desk', link: 'up' }] }),
  )
  await using session = manager.createSession('a')
  await session.open()
  expect(heldLinks(manager, manager.allConfigurations())).toEqual([
    { identifier: 'a', name: 'Desk', holder: { pid: null, user: null, name: null, since: null } },
  ])
})

test('the user of a process is shown if the system knows it', () => {
  const holders = () => [
    { pid: process.pid, name: 'own', since: 0, isSelf: false },
    { pid: 1, name: 'init', since: 0, isSelf: false },
  ]
  const users = heldLinks({ holders } as never, [{ identifier: 'a', name: 'A' }]).map(
    (one) => one.holder.user,
  )
  const own = userInfo().username
  const root = process.getuid?.() === 0 ? own : '0'
  expect(users).toEqual(process.platform === 'linux' ? [own, root] : [null, null])
})

test.runIf(process.platform === 'linux')('a user without a name is shown by its number', () => {
  const holders = () => [{ pid: process.pid, name: 'own', since: 0, isSelf: false }]
  vi.mocked(userInfo).mockImplementationOnce(() => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)')
  })
  const [held] = heldLinks({ holders } as never, [{ identifier: 'a', name: 'A' }])
  expect(held?.holder.user).toBe(String(process.getuid?.()))
})

test('a process that is not there has no user', () => {
  // No number of a process on Linux is that large.
  const holders = () => [{ pid: 2 ** 30, name: null, since: null, isSelf: false }]
  const [held] = heldLinks({ holders } as never, [{ identifier: 'a', name: 'A' }])
  expect(held?.holder).toEqual({ pid: 2 ** 30, user: null, name: null, since: null })
})

test.each([60, 80, 100])('in %i columns no line is too long, and the identifier is whole', (columns) => {
  const holder = {
    pid: 123_456,
    user: 'somebody',
    name: 'a program with a long name',
    since: '2026-01-01T00:00:00.000Z',
  }
  const identifier = '12345678-1234-1234-1234-123456789abc'
  const lines = holdersTable([{ identifier, name: 'a network at home', holder }], { paint: PLAIN, columns })
  expect(lines.join('\n')).toContain(identifier)
  expect(lines.join('\n')).toContain('USER')
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns)
})
