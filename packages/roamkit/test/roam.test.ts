import { expect, test } from 'vitest'
import type { RoamEvent } from '../src/cli/reports/roam-report.js'
import { RunningCli, runCli } from './running-cli.js'

const roam = (...words: string[]) => ['roam', '--backend', 'mock', ...words]

type Line = RoamEvent & Readonly<Record<string, unknown>>

function lines(stdout: string): readonly Line[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Each line in short: the event, and whom it concerns. */
function story(stdout: string): readonly string[] {
  return lines(stdout).map(({ event, name, state }) =>
    event === 'stateChanged' ? `${name}: ${state}` : `${event} ${name}`,
  )
}

/** Runs until that is printed, then interrupts. */
async function until(what: RegExp, ...words: string[]) {
  const cli = new RunningCli(roam(...words))
  await cli.prints(what)
  cli.child.kill('SIGINT')
  return cli.finished
}

test('without an option it roams on its own when the cable is unplugged, and says why', async () => {
  const { code, stdout } = await until(/"roaming".*"loss"[\s\S]*"connected"/, '--json')
  expect(story(stdout).slice(0, 4)).toEqual([
    'opened Desk',
    'activeConfigurationChanged Desk',
    'Desk: roaming',
    'roaming Café',
  ])
  expect(lines(stdout)[3]).toMatchObject({
    identifier: 'mock-cafe',
    from: 'mock-desk',
    to: 'mock-cafe',
    because: 'loss',
    criteria: expect.arrayContaining([expect.objectContaining({ name: 'bearer', decides: true })]),
  })
  expect(stdout).not.toContain('preferredConfigurationChanged')
  expect(code).toBe(130)
})

test('--accept takes each offer: offer, trial, accept, each with time, event, identifier and state', async () => {
  const { stdout } = await until(/"accept"/, '--accept', '--json')
  expect(story(stdout).slice(2, 10)).toEqual([
    'Desk: roaming',
    'roaming Café',
    'preferredConfigurationChanged Café',
    'newConfigurationActivated Café',
    'activeConfigurationChanged Café',
    'migrate Café',
    'Café: connected',
    // The login page shows as soon as it is up.
    'roaming Locked',
  ])
  const accept = lines(stdout).find(({ event }) => event === 'accept')
  expect(accept).toMatchObject({ identifier: 'mock-cafe', state: 'connected', tookEffect: true })
  for (const line of lines(stdout))
    expect(Object.keys(line).slice(0, 5)).toEqual(['time', 'event', 'identifier', 'name', 'state'])
})

test('a candidate that fails is said of that candidate', async () => {
  const { stdout, stderr } = await until(/"error"/, '--accept', '--json')
  expect(lines(stdout).find(({ event }) => event === 'error')).toMatchObject({
    identifier: 'mock-locked',
    code: 'roaming',
    reason: 'secretWrong',
  })
  expect(stderr).toBe("roamkit: cannot roam to 'Locked': the password or key is wrong\n")
})

test('--never stays, whatever is offered', async () => {
  const { stdout } = await until(/"ignore"/, '--never', '--json')
  const told = story(stdout)
  expect(told).toContain('preferredConfigurationChanged Café')
  expect(told.slice(4, 7).sort()).toEqual(
    ['Desk: disconnected', 'ignore Café', 'preferredConfigurationChanged Café'].sort(),
  )
  expect(told).not.toContain('newConfigurationActivated Café')
})

test('--probe decides: what does not reach the target is rejected', async () => {
  // The addresses of the scripted network are not this machine's.
  const { stdout } = await until(/"reject"/, '--accept', '--json', '--probe', '127.0.0.1:9')
  const probe = lines(stdout).find(({ event }) => event === 'probe')
  expect(probe).toMatchObject({ identifier: 'mock-cafe', ok: false, reason: 'noAddress', state: 'roaming' })
  expect(story(stdout)).toContain('reject Café')
  expect(story(stdout)).not.toContain('accept Café')
})

test('for people each event is a line', async () => {
  const { code, stdout } = await runCli(roam('--for', '0'))
  expect(stdout.replaceAll(/^\S+ {2}/gm, '')).toMatch(
    /^opened {25}Desk {2}is open: dev-mock-desk, 10\.[\d.]+\/24\n/,
  )
  expect(code).toBe(0)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s closes the session, and exits with %i', async (signal, exitCode) => {
  const cli = new RunningCli(roam())
  await cli.prints(/opened/)
  cli.child.kill(signal)
  const { code, stdout, stderr } = await cli.finished
  expect(stdout).toMatch(/closed +Desk {2}is released\n.*no access point {2}is in use\n$/)
  expect({ code, stderr }).toEqual({ code: exitCode, stderr: '' })
})

test('a backend that cannot bring links up is watched all the same', async () => {
  const { stderr } = await runCli(['roam', '--backend', 'generic', '--for', '0'])
  expect(stderr).not.toContain('at ')
})

test('the end of its reader ends it', async () => {
  const cli = new RunningCli(roam('--json'))
  await cli.prints(/opened/)
  cli.child.stdout?.destroy()
  expect(await cli.finished).toMatchObject({ code: 0 })
})

test('--ask requires a terminal', async () => {
  const { code, stdout, stderr } = await runCli(roam('--ask'))
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: 'roamkit: --ask requires a terminal\nroamkit: see roamkit roam --help\n',
  })
})
