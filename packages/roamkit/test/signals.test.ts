import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Interruption } from '../src/cli/interruption.js'
import type { Output } from '../src/cli/output.js'
import { PLAIN } from '../src/cli/terminal/paint.js'
import { CLI, RunningCli } from './running-cli.js'

const open = (...words: string[]) => ['open', 'Café', '--backend', 'mock', ...words]
const node = (script: string) => ['--', process.execPath, '-e', script]
const CLOSED = /is closed\nroamkit: 'Café' is closing\nroamkit: 'Café' is disconnected\n$/
const isPosix = process.platform !== 'win32'

const ENDING = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
] as const

describe.runIf(isPosix)('a signal that asks to end', () => {
  test.each(ENDING)('%s lets the link go, and exits with %i', async (signal, exitCode) => {
    const cli = new RunningCli(open())
    await cli.prints(/is open/)
    cli.child.kill(signal)
    const { code, stderr } = await cli.finished
    expect(stderr).toMatch(CLOSED)
    expect(code).toBe(exitCode)
  })

  test.each(ENDING)('%s is passed on to the command, once, and its answer counts', async (signal) => {
    const script = `let times = 0
      process.on('${signal}', () => { times += 1; setTimeout(() => { console.log('got ' + times); process.exit(7) }, 50) })
      setInterval(() => {}, 1e6); console.log('ready')`
    const cli = new RunningCli(open(...node(script)))
    await cli.prints(/ready/)
    cli.child.kill(signal)
    const { code, stdout, stderr } = await cli.finished
    expect(stdout).toBe('ready\ngot 1\n')
    expect(stderr).toMatch(CLOSED)
    expect(code).toBe(7)
  })

  test.each(ENDING)("%s that ends the command is the shell's %i", async (signal, exitCode) => {
    const cli = new RunningCli(open(...node('setInterval(() => {}, 1e6); console.log("ready")')))
    await cli.prints(/ready/)
    cli.child.kill(signal)
    const { code, stderr } = await cli.finished
    expect(stderr).toMatch(CLOSED)
    expect(code).toBe(exitCode)
  })

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    '%s reaches what the command has started, too',
    async (signal) => {
      // The shell does not pass signals on; what it runs has to get its own.
      const inner = `process.on('${signal}', () => { console.log('inner'); process.exit() })
        setInterval(() => {}, 1e6); console.log('ready')`.replaceAll('\n', ';')
      const cli = new RunningCli(open('--', 'sh', '-c', `"${process.execPath}" -e "${inner}"; true`))
      await cli.prints(/ready/)
      cli.child.kill(signal)
      const { code, stdout } = await cli.finished
      expect(stdout).toBe('ready\ninner\n')
      expect(code).toBe(signal === 'SIGTERM' ? 143 : 129)
    },
  )

  test.each([
    ['monitor', ['monitor', '--backend', 'mock'], 0],
    ['roam', ['roam', '--backend', 'mock'], 129],
  ] as const)('SIGHUP ends %s as SIGTERM does', async (_what, words, exitCode) => {
    const cli = new RunningCli(words)
    await cli.prints(/Desk/)
    cli.child.kill('SIGHUP')
    expect(await cli.finished).toMatchObject({ code: exitCode, stderr: '' })
  })

  test('a command that is stopped is continued, so that it gets its signal, and the link is released', async () => {
    const stop = `console.log('ready'); setInterval(() => {}, 1e6); process.kill(process.pid, 'SIGSTOP')`
    const cli = new RunningCli(open(...node(stop)))
    await cli.prints(/ready/)
    cli.child.kill('SIGTERM')
    const { code, stderr } = await cli.finished
    expect(stderr).toMatch(CLOSED)
    expect(code).toBe(143)
  })

  test('a command that ignores it is waited for; a second signal kills it, and the link is released', async () => {
    const script = `process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1e6); console.log('ready')`
    const cli = new RunningCli(open(...node(script)))
    await cli.prints(/ready/)
    cli.child.kill('SIGTERM')
    await cli.prints(/no/)
    // Within a second it would be the same request: `timeout` sends two.
    const asked = performance.now()
    await vi.waitFor(() => expect(performance.now() - asked).toBeGreaterThan(1100), 5000)
    expect(cli.child.exitCode).toBeNull()
    cli.child.kill('SIGTERM')
    const { code, stdout, stderr } = await cli.finished
    expect(stdout).toBe('ready\nno\n')
    expect(stderr).toContain('received SIGTERM again: killing the command\n')
    expect(stderr).toMatch(CLOSED)
    expect(code).toBe(137)
  })
})

/** A process on a terminal of its own, made by script(1): that writes to its standard input is typed. */
function onTerminal(words: readonly string[], to: string): ChildProcess {
  const line = [process.execPath, CLI, ...words].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qefc', `exec ${line} > ${to}`, '/dev/null'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Whether a process runs; a dead one that its parent has not asked about does not. */
function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function scratchFile(): { readonly path: string; text(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'output')
  const text = () => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }
  return { path, text }
}

// util-linux's script(1) makes the terminal.
describe.runIf(process.platform === 'linux')('on a terminal', () => {
  test('a terminal that vanishes lets the link go', async () => {
    const output = scratchFile()
    const terminal = onTerminal(open('--json'), output.path)
    await vi.waitFor(() => expect(output.text()).toContain('"opened"'), 10_000)
    terminal.kill('SIGKILL')
    await vi.waitFor(() => expect(output.text()).toMatch(/"closed"[\s\S]*"disconnected"/), 10_000)
  })

  test('a terminal that vanishes ends the command, too, and then lets the link go', async () => {
    const output = scratchFile()
    const script = `process.on("SIGHUP", () => { console.log("hung up"); process.exit() })
      setInterval(() => {}, 1e6); console.log("ready " + process.ppid)`.replaceAll('\n', ';')
    const terminal = onTerminal(open(...node(script)), output.path)
    await vi.waitFor(() => expect(output.text()).toContain('ready'), 10_000)
    const pid = Number(/ready (\d+)/.exec(output.text())?.[1])
    terminal.kill('SIGKILL')
    await vi.waitFor(() => expect(output.text()).toContain('hung up'), 10_000)
    await vi.waitFor(() => expect(runs(pid)).toBe(false), 10_000)
  })

  test.each([
    ['Ctrl-C', '\u0003', 'SIGINT'],
    ['Ctrl-\\', '\u001c', 'SIGQUIT'],
  ])('%s reaches the command from the terminal, and is not sent again', async (_what, key, signal) => {
    const output = scratchFile()
    const script = `let times = 0
      process.on("${signal}", () => { times += 1; setTimeout(() => { console.log("got " + times); process.exit(3) }, 200) });
      setInterval(() => {}, 1e6); console.log("ready")`.replaceAll('\n', ';')
    const terminal = onTerminal(open(...node(script)), output.path)
    const exited = new Promise((resolve) => terminal.on('exit', resolve))
    await vi.waitFor(() => expect(output.text()).toContain('ready'), 10_000)
    terminal.stdin?.write(key)
    expect(await exited).toBe(3)
    expect(output.text()).toBe('ready\ngot 1\n')
  })
})

describe('an interruption', () => {
  function interruption() {
    const exits: number[] = []
    const notes: string[] = []
    let now = 0
    const output: Output = {
      line: () => {},
      json: () => {},
      note: (text) => void notes.push(text),
      paint: PLAIN,
      isTerminal: false,
      columns: null,
      ended: new AbortController().signal,
      end: null,
    }
    const it = new Interruption(output, { now: () => now, exit: (code) => void exits.push(code) })
    onTestFinished(() => it[Symbol.dispose]())
    const later = (ms: number) => {
      now += ms
    }
    return { it, exits, notes, later }
  }

  test('by a second signal while winding down ends the process, and says so', () => {
    const { it, exits, notes, later } = interruption()
    process.emit('SIGTERM')
    expect([it.by, it.signal.aborted, exits]).toEqual(['SIGTERM', true, []])
    later(1000)
    process.emit('SIGINT')
    expect(exits).toEqual([130])
    expect(notes).toEqual(['received SIGINT again: exiting without waiting; links may stay up'])
  })

  test('by signals within a second is one request', () => {
    const { it, exits, later } = interruption()
    process.emit('SIGHUP')
    later(999)
    process.emit('SIGHUP')
    process.emit('SIGTERM')
    expect([it.by, exits]).toEqual(['SIGHUP', []])
  })

  test('counts no signal that was handed over', () => {
    const { it, exits, later } = interruption()
    const taken: string[] = []
    const undo = it.handOver((signal) => void taken.push(signal))
    process.emit('SIGINT')
    later(5000)
    process.emit('SIGINT')
    expect([it.by, taken]).toEqual([null, ['SIGINT', 'SIGINT']])
    undo()
    process.emit('SIGTERM')
    expect([it.by, exits]).toEqual(['SIGTERM', []])
  })

  test('hears SIGBREAK, which only Windows sends', () => {
    const { it } = interruption()
    process.emit('SIGBREAK')
    expect(it.by).toBe('SIGBREAK')
  })
})
