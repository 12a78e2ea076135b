import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { carrier, nm } from '@roamkit/lab-linux'
import { describe, expect, it, onTestFinished } from 'vitest'
import { activeState, CLI, calm, nmcli, onlyRootMayControl, PROFILE, until } from './host.js'

const run = promisify(execFile)

function roamkit(...args: string[]) {
  return run(process.execPath, [CLI, ...args])
}

interface Started {
  readonly child: ChildProcess
  readonly exited: Promise<number | null>
  /** All that was printed, once every process that could print has ended. */
  readonly stdout: Promise<string>
  readonly stderr: Promise<string>
}

/** Starts `roamkit` without a terminal, in a process group of its own. */
function start(words: readonly string[], stdout: 'pipe' | number = 'pipe'): Started {
  const child = spawn(process.execPath, [CLI, ...words], {
    stdio: ['ignore', stdout, 'pipe'],
    detached: true,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const closed = new Promise((resolve) => child.on('close', resolve))
  const all = (stream: Readable | null) => {
    let text = ''
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    return closed.then(() => text)
  }
  return {
    child,
    exited: new Promise((resolve) => child.on('exit', resolve)),
    stdout: all(child.stdout),
    stderr: all(child.stderr),
  }
}

/** The processes of that name that descend from another one. */
function descendants(ancestor: number, name: string): readonly number[] {
  const all = readdirSync('/proc').flatMap((entry) => {
    const [, comm, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(statOf(entry)) ?? []
    return comm === undefined ? [] : [{ pid: Number(entry), parent: Number(parent), comm }]
  })
  const family = new Set([ancestor])
  // A process may have a lower number than its parent.
  for (let before = 0; before < family.size; ) {
    before = family.size
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid)
  }
  return all.filter(({ pid, comm }) => comm === name && family.has(pid)).map(({ pid }) => pid)
}

/** What the kernel says of a process; empty when it is gone. */
function statOf(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return ''
  }
}

/** Whether a process runs; a dead one that its parent has not asked about does not. */
function runs(pid: number): boolean {
  const stat = statOf(pid)
  return stat !== '' && !/\) Z /.test(stat)
}

interface Line {
  readonly time: string
  readonly event: string
  readonly identifier: string | null
  readonly state?: string
}

/** Starts `roamkit monitor --json`; its lines pile up in `lines` as they are printed. */
async function monitor(): Promise<{ readonly lines: Line[]; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [CLI, 'monitor', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines: Line[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  await until(() => expect(lines.filter(({ event }) => event === 'configuration')).toHaveLength(3))
  return { lines, child }
}

describe('roamkit on real NetworkManager', () => {
  it('list --json shows the connections under their profile UUIDs', async () => {
    const { stdout } = await roamkit('list', '--json')
    const shown = JSON.parse(stdout) as Record<string, string>[]
    expect(shown.map(({ identifier, name, state }) => ({ identifier, name, state }))).toEqual([
      { identifier: PROFILE.a, name: 'lab-a', state: 'active' },
      { identifier: PROFILE.b, name: 'lab-b', state: 'discovered' },
      { identifier: PROFILE.c, name: 'lab-c', state: 'discovered' },
    ])
  })

  it('open holds the link while the command runs, and takes down what it brought up', async () => {
    const during = await roamkit(
      'open',
      'lab-b',
      '--',
      'nmcli',
      '-t',
      '-f',
      'NAME',
      'connection',
      'show',
      '--active',
    )
    expect(during.stdout.split('\n')).toContain('lab-b')
    expect(await activeState('lab-b')).toBe('down')
  })

  it('open leaves a link up that was up before', async () => {
    await roamkit('open', 'lab-a', '--', 'true')
    expect(await activeState('lab-a')).toBe('activated')
  })

  it("open exits with the command's code", async () => {
    await expect(roamkit('open', 'lab-b', '--', 'sh', '-c', 'exit 7')).rejects.toMatchObject({ code: 7 })
    expect(await activeState('lab-b')).toBe('down')
  })

  describe.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('on %s', (signal, exitCode) => {
    it('open lets the link go', async () => {
      const { child, exited } = start(['open', 'lab-b'])
      await until(async () => expect(await activeState('lab-b')).toBe('activated'))
      child.kill(signal)
      expect(await exited).toBe(exitCode)
      expect(await activeState('lab-b')).toBe('down')
    })

    it('open ends its command and all that has started, then lets the link go', async () => {
      const { child, exited, stdout } = start(['open', 'lab-b', '--', 'sh', '-c', 'sleep 1000; true'])
      await until(() => expect(descendants(child.pid ?? 0, 'sleep')).toHaveLength(1))
      const [sleeper = 0] = descendants(child.pid ?? 0, 'sleep')
      child.kill(signal)
      expect(await exited).toBe(exitCode)
      expect(await activeState('lab-b')).toBe('down')
      await until(() => expect(runs(sleeper)).toBe(false))
      // Nobody is left who could write to it.
      expect(await stdout).toBe('')
    })
  })

  it('open lets the link go although its output is on a full disk', async () => {
    const full = openSync('/dev/full', 'w')
    const { exited, stderr } = start(['open', 'lab-b', '--json'], full)
    closeSync(full)
    expect(await exited).toBe(74)
    expect(await stderr).toBe('roamkit: cannot write to standard output: no space left on device (ENOSPC)\n')
    expect(await activeState('lab-b')).toBe('down')
  })

  it('open lets the link go when the reader of its output has gone', async () => {
    const { child, exited } = start(['open', 'lab-b', '--json'])
    child.stdout?.destroy()
    // Its first line goes nowhere.
    expect(await exited).toBe(0)
    expect(await activeState('lab-b')).toBe('down')
  })

  it('open lets the link go when its terminal vanishes', async () => {
    const line = `exec '${process.execPath}' '${CLI}' open lab-b -- sleep 1000`
    const terminal = spawn('script', ['-qefc', line, '/dev/null'], { stdio: 'ignore' })
    onTestFinished(() => void terminal.kill('SIGKILL'))
    await until(async () => expect(await activeState('lab-b')).toBe('activated'))
    await until(() => expect(descendants(terminal.pid ?? 0, 'sleep')).toHaveLength(1))
    const [sleeper = 0] = descendants(terminal.pid ?? 0, 'sleep')
    terminal.kill('SIGKILL')
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
    await until(() => expect(runs(sleeper)).toBe(false))
  })

  it('roam lets its link go although its output is on a full disk', async () => {
    onTestFinished(calm)
    await nmcli('connection', 'down', 'lab-a')
    const full = openSync('/dev/full', 'w')
    const { exited } = start(['roam', '--json'], full)
    closeSync(full)
    expect(await exited).toBe(74)
    for (const profile of ['lab-a', 'lab-b', 'lab-c']) expect(await activeState(profile)).toBe('down')
  })

  it('a second signal does not wait for a NetworkManager that does not answer', async () => {
    const { child, exited, stderr } = start(['open', 'lab-b'])
    await until(async () => expect(await activeState('lab-b')).toBe('activated'))
    await nm.pause()
    onTestFinished(async () => {
      await nm.resume()
      await calm()
    })
    child.kill('SIGTERM')
    const asked = performance.now()
    // Within a second it would be the same request.
    await until(() => expect(performance.now() - asked).toBeGreaterThan(1100))
    child.kill('SIGTERM')
    expect(await exited).toBe(143)
    expect(await stderr).toContain('SIGTERM again: exiting without waiting')
  })

  it('monitor --json prints the loss of a carrier, and its return', async () => {
    const { lines, child } = await monitor()
    const delays: number[] = []
    for (let round = 0; round < 5; round += 1) {
      const from = lines.length
      const pulled = Date.now()
      const unplugged = carrier('a', 'down')
      const lost = () =>
        lines.slice(from).find((one) => one.event === 'stateChanged' && one.identifier === PROFILE.a)
      await until(() => expect(lost()?.state).toBe('notAvailable'))
      delays.push(Date.parse(lost()?.time ?? '') - pulled)
      await unplugged
      await carrier('a', 'up')
      await until(() =>
        expect(
          lines.at(-1)?.state ?? lines.findLast(({ event }) => event === 'stateChanged')?.state,
        ).toBeDefined(),
      )
      await until(() =>
        expect(
          lines.findLast(({ event, identifier }) => event === 'stateChanged' && identifier === PROFILE.a)
            ?.state,
        ).toBe('connected'),
      )
    }
    // The kernel tells of at most one change of a link's state a second, so only some of these are prompt.
    console.log(`carrier loss to monitor's line, ms, ip(8) included: ${delays.join(' ')}`)
    const exited = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
  })

  it('monitor says that there are no configurations yet, and waits', async () => {
    const { stdout, stderr } = await run('unshare', [
      ...['--user', '--map-root-user', '--net', process.execPath, CLI],
      ...['monitor', '--backend', 'generic', '--for', '1'],
    ])
    expect([stdout, stderr]).toEqual(['', 'roamkit: no network configurations yet; waiting for changes\n'])
  })

  const isRoot = process.getuid?.() === 0
  it.skipIf(!isRoot)(
    'open says that permission was denied (needs a lab made by root, for a second user)',
    async () => {
      await onlyRootMayControl()
      const asNobody = [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        process.execPath,
        CLI,
        'open',
        'lab-b',
        '--',
        'true',
      ]
      const failed = await run('setpriv', asNobody).catch((error: { code: number; stderr: string }) => error)
      expect(failed).toMatchObject({ code: 1 })
      expect(failed.stderr).toMatch(/lab-b.*permission was denied/s)
      expect(await activeState('lab-b')).toBe('down')
    },
  )
})
