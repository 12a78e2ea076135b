import { expect, test } from 'vitest'
import { RunningCli, runCli } from './running-cli.js'

const open = (target: string, ...words: string[]) => ['open', target, '--backend', 'mock', ...words]
const node = (script: string) => ['--', process.execPath, '-e', script]
const CLOSED =
  /the session on 'Café' is closed\nroamkit: 'Café' is closing\nroamkit: 'Café' is disconnected\n$/

test('the command runs while the link is held, and its exit code is the answer', async () => {
  const { code, stdout, stderr } = await runCli(
    open('Café', ...node('console.log("hello"); process.exitCode = 7')),
  )
  expect(stdout).toBe('hello\n')
  expect(stderr).toMatch(/is connecting\n.*is connected\n.*is open\n/)
  expect(stderr).toMatch(CLOSED)
  expect(code).toBe(7)
})

test("a command gets its parameters as they are: there is no shell, and '--' may be one", async () => {
  const script = 'console.log(JSON.stringify(process.argv.slice(1)))'
  const { stdout } = await runCli(open('Café', ...node(script), '--', '$HOME', '; ls', '--json'))
  expect(JSON.parse(stdout)).toEqual(['$HOME', '; ls', '--json'])
})

test("a command that a signal ended exits with 128 and the signal's number", async () => {
  expect((await runCli(open('Café', ...node('process.kill(process.pid, "SIGKILL")')))).code).toBe(137)
})

test.each([
  ['that is not there', '/nonexistent/command', 127, "cannot run '/nonexistent/command': command not found"],
  ['that cannot be run', '/', 126, "cannot run '/': "],
  // Of these, Node emits no event.
  ['without a name', '', 127, "cannot run '': command not found"],
  ['below a file', `${process.execPath}/x`, 126, `cannot run '${process.execPath}/x': `],
  ['with a name that is too long', 'x'.repeat(5000), 126, ': spawn ENAMETOOLONG'],
])('a command %s fails as in a shell, and the link is let go', async (_what, command, exitCode, words) => {
  const { code, stderr } = await runCli(open('Café', '--', command))
  expect(stderr).toContain(words)
  expect(stderr).toMatch(CLOSED)
  expect(code).toBe(exitCode)
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches the command, which is waited for', async (signal) => {
  const script = `process.on('${signal}', () => { console.log('tidy'); process.exit(3) })
    setInterval(() => {}, 1e6); console.log('ready')`
  const cli = new RunningCli(open('Café', ...node(script)))
  await cli.prints(/ready/)
  cli.child.kill(signal)
  const { code, stdout, stderr } = await cli.finished
  expect(stdout).toBe('ready\ntidy\n')
  expect(stderr).toMatch(CLOSED)
  expect(code).toBe(3)
})

test('a link that is lost for good is said, and the command goes on', async () => {
  const cli = new RunningCli(
    open('Phone', ...node('process.stdin.on("end", () => process.exit(5)).resume()')),
  )
  await cli.prints(/the command continues without the session/)
  cli.child.stdin?.end()
  const { code, stderr } = await cli.finished
  expect(stderr).toContain("the session on 'Phone' has ended: the configuration was removed")
  expect(code).toBe(5)
})

test('--hold holds for that long', async () => {
  const { code, stderr } = await runCli(open('Café', '--hold', '10'))
  expect(stderr).toMatch(CLOSED)
  expect(code).toBe(0)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while it holds closes the session, and exits with %i', async (signal, exitCode) => {
  for (const words of [[], ['--hold', '60000']]) {
    const cli = new RunningCli(open('Café', ...words))
    await cli.prints(/is open/)
    cli.child.kill(signal)
    const { code, stderr } = await cli.finished
    expect(stderr).toMatch(CLOSED)
    expect(code).toBe(exitCode)
  }
})

test('a signal while it opens takes the link back, and no command is run', async () => {
  const cli = new RunningCli(open('Café', ...node('console.log("never")')))
  await cli.prints(/is connecting/)
  cli.child.kill('SIGINT')
  const { code, stdout, stderr } = await cli.finished
  expect(stdout).toBe('')
  expect(stderr).toMatch(/is disconnected\n$/)
  expect(code).toBe(130)
})

test('a link that is lost while it holds is a failure', async () => {
  const { code, stderr } = await runCli(open('Phone'))
  expect(stderr).toContain("the session on 'Phone' has ended: the configuration was removed")
  expect(code).toBe(1)
})

test.each([
  ['mock-locked', "cannot open 'Locked': the password or key is wrong"],
  ['mock-far', "cannot open 'Far away': it is out of range"],
  ['Guest', "2 configurations have the name 'Guest'; use an identifier: mock-guest-1, mock-guest-2"],
  ['Cafe', "there is no configuration 'Cafe'; did you mean 'Café'?"],
])('%s cannot be opened, for a reason in plain words, said once', async (target, words) => {
  const { code, stderr } = await runCli(open(target))
  expect(stderr.split(words)).toHaveLength(2)
  expect(code).toBe(1)
})

test('what cannot be opened comes with advice', async () => {
  const { stderr } = await runCli(open('Locked'))
  expect(stderr).toMatch(/the password or key is wrong\nroamkit: Correct the password or key .*\.\n$/)
})

test('with --json each event is a line on standard output', async () => {
  const { stdout, stderr } = await runCli(open('mock-cafe', '--json', '--hold', '0'))
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.map(({ event, state, isOpen }) => `${event} ${state} ${isOpen}`)).toEqual([
    'stateChanged connecting false',
    'stateChanged connected true',
    'opened connected true',
    'closed connected false',
    'stateChanged closing false',
    'stateChanged disconnected false',
  ])
  expect(events[0]).toMatchObject({ identifier: 'mock-cafe', name: 'Café' })
  expect(stderr).toBe('')
})

test('with --json an error is an event, and in plain words as well', async () => {
  const { stdout, stderr } = await runCli(open('Locked', '--json'))
  const error = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find(({ event }) => event === 'error')
  expect(error).toMatchObject({ code: 'unknown', reason: 'secretWrong', advice: expect.any(String) })
  expect(stderr).toBe(
    `roamkit: cannot open 'Locked': the password or key is wrong\nroamkit: ${error.advice}\n`,
  )
})

test('the end of its reader ends it, and the link is released', async () => {
  const cli = new RunningCli(open('Desk', '--json'))
  await cli.prints(/opened/)
  // The next event that it cannot print is the cable that falls out.
  cli.child.stdout?.destroy()
  expect(await cli.finished).toMatchObject({ code: 0, stderr: '' })
})
