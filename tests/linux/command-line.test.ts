import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { carrier } from '@roamkit/lab-linux'
import { describe, expect, it, onTestFinished } from 'vitest'
import { activeState, CLI, onlyRootMayControl, PROFILE, until } from './host.js'

const run = promisify(execFile)

function roamkit(...args: string[]) {
  return run(process.execPath, [CLI, ...args])
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

  it.each(['SIGINT', 'SIGTERM'] as const)('open closes on %s', async (signal) => {
    const child = spawn(process.execPath, [CLI, 'open', 'lab-b'], { stdio: 'ignore' })
    const exited = new Promise((resolve) => child.on('exit', resolve))
    await until(async () => expect(await activeState('lab-b')).toBe('activated'))
    child.kill(signal)
    expect(await exited).toBe(signal === 'SIGINT' ? 130 : 143)
    expect(await activeState('lab-b')).toBe('down')
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
    // Events, and no poll: how prompt they are is in the line above, and depends on what else the machine does.
    expect(Math.min(...delays)).toBeLessThan(1000)
    const exited = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
  })

  it('monitor says that there is nothing as yet where there is none, and waits', async () => {
    const { stdout, stderr } = await run('unshare', [
      ...['--user', '--map-root-user', '--net', process.execPath, CLI],
      ...['monitor', '--backend', 'generic', '--for', '1'],
    ])
    expect([stdout, stderr]).toEqual([
      '',
      'roamkit: no network configurations as yet; waiting for what happens\n',
    ])
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
