import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bus, info, nm } from '@roamkit/lab-linux'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { CLI, calm, nmcli, PROFILE, until } from './host.js'

const run = promisify(execFile)
const NOBODY = 65_534
const FLOOD = Number(process.env.ROAMKIT_FLOOD ?? 20_000)
const TARGET = fileURLToPath(new URL('./strangers-target.mjs', import.meta.url))
const STRANGER = fileURLToPath(new URL('./bus-stranger.mjs', import.meta.url))

/** What the program under attack says of itself. */
interface Report {
  readonly service: string
  readonly links: Readonly<Record<string, string>>
  readonly told: readonly string[]
  readonly cpu: NodeJS.CpuUsage
  readonly rss: number
  /** What came of opening a session. */
  readonly opened?: string
}

/** A program under attack, in a process of its own. */
class Target {
  readonly #child: ChildProcess
  /** Its unique name on the bus. */
  readonly name: string

  private constructor(child: ChildProcess, name: string) {
    this.#child = child
    this.name = name
  }

  static async start(): Promise<Target> {
    const child = fork(TARGET, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'message')
    const name = await nameOf(child.pid ?? 0)
    return new Target(child, name)
  }

  /** Resolves to what it answers; rejects when it has ended. */
  async order(order: string, subject = ''): Promise<Report> {
    const heard = new AbortController()
    const { signal } = heard
    const ended = once(this.#child, 'exit', { signal }).then(([code, killer]) => {
      throw new Error(`the program under attack ended: ${code ?? killer}`)
    })
    this.#child.send({ order, subject })
    try {
      return (await Promise.race([once(this.#child, 'message', { signal }), ended]))[0] as Report
    } finally {
      ended.catch(() => undefined)
      heard.abort()
    }
  }

  /** What it tells of lab-b is what NetworkManager does with it. */
  async hearsTheTruth(): Promise<void> {
    for (const [action, state] of [
      ['up', 'active'],
      ['down', 'discovered'],
    ] as const) {
      await nmcli('connection', action, 'lab-b')
      await until(async () => expect((await this.order('report')).links).toMatchObject({ 'lab-b': state }))
    }
    expect(await this.order('report')).toMatchObject({ service: 'ready', links: { 'lab-a': 'active' } })
  }
}

/** The unique name that a process has on the bus. */
async function nameOf(pid: number): Promise<string> {
  const names = (await askDaemon('ListNames')).match(/:\d+\.\d+/g) ?? []
  for (const name of names) {
    // One that has gone meanwhile is not it.
    const said = await askDaemon('GetConnectionUnixProcessID', `string:${name}`).catch(() => '')
    if (said.includes(`uint32 ${pid}\n`)) return name
  }
  throw new Error(`process ${pid} is not on the bus`)
}

async function askDaemon(member: string, ...args: string[]): Promise<string> {
  const at = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', `org.freedesktop.DBus.${member}`]
  return (await run('dbus-send', ['--system', '--print-reply', ...at, ...args])).stdout
}

/** Another user of the machine sends that to a program; resolves once the bus has taken it. */
async function attack(kind: string, target: Target, number = 0): Promise<void> {
  // A rootless lab has no other user.
  const user = info().rootless ? {} : { uid: NOBODY, gid: NOBODY }
  await run(process.execPath, [STRANGER, kind, target.name, String(number)], { ...user, timeout: 15_000 })
}

async function startBus(policy: 'open' | 'stock'): Promise<void> {
  await nm.stop()
  await bus.kill()
  await bus.start({ policy })
  await nm.start()
}

describe('on a bus with the distribution’s own policy, another user of the machine', () => {
  beforeAll(async () => {
    await startBus('stock')
    await calm()
  })
  afterAll(() => startBus('open'))

  it('ends nothing with descriptors that do not come', async () => {
    const target = await Target.start()
    await attack('descriptors', target)
    await target.hearsTheTruth()
  })

  it('stops nothing and fills nothing with a signal of 32 MB', async () => {
    const target = await Target.start()
    const before = await target.order('report')
    await attack('huge', target, 32_000_000)
    await target.hearsTheTruth()
    const { rss } = await target.order('report')
    expect(rss - before.rss).toBeLessThan(24 * 2 ** 20)
  })

  it('drowns nothing in a flood of signals', async () => {
    const target = await Target.start()
    await attack('flood', target, FLOOD)
    await target.hearsTheTruth()
  })

  it('is not believed about the service and its links', async () => {
    const target = await Target.start()
    const before = await target.order('report')
    await attack('forged', target, 4)
    await attack('answers', target, 200)
    const after = await target.order('report')
    expect({ ...after, cpu: 0, rss: 0 }).toEqual({ ...before, cpu: 0, rss: 0 })
    await target.hearsTheTruth()
  })
})

describe('on a bus where everybody may send anything, another user of the machine', () => {
  beforeAll(calm)

  it('is not believed when it answers in NetworkManager’s place', async () => {
    const target = await Target.start()
    await nm.pause()
    const opened = target.order('open', PROFILE.b)
    // Twice: a call may follow the first answer.
    await attack('answers', target, 300)
    await attack('answers', target, 300)
    await nm.resume()
    expect(await opened).toEqual({ opened: 'opened' })
    expect((await target.order('report')).links).toMatchObject({ 'lab-b': 'active' })
  })

  it('stops nothing with calls, most of which get no answer', async () => {
    const target = await Target.start()
    await attack('calls', target, 5000)
    await target.hearsTheTruth()
  })
})

it('a program in a user namespace of its own is known by its socket, not by the user id that it sees', async () => {
  const { stdout } = await run('unshare', ['--user', process.execPath, CLI, 'list', '--json'])
  expect(stdout).toContain(PROFILE.a)
})

describe('a bus that dies', () => {
  const KEYFILES = '/etc/NetworkManager/system-connections'
  const many = Array.from(
    { length: 600 },
    (_, index) => `${KEYFILES}/many-${index}-${'x'.repeat(200)}.nmconnection`,
  )
  afterAll(async () => {
    for (const file of many) rmSync(file, { force: true })
    await startBus('open')
    await calm()
  })

  it('in the middle of a large answer, while the program computes, is a lost service that comes back (S14)', async () => {
    const goOn = `${info().folder}/go-on`
    onTestFinished(() => rmSync(goOn, { force: true }))
    await nm.stop()
    for (const [index, file] of many.entries()) writeFileSync(file, keyfile(index), { mode: 0o600 })
    await nm.start()
    const target = await Target.start()
    const opened = target.order('compute', goOn)
    // Less than the answer, and more than anybody else waits for.
    await until(async () => expect(await mostUnread()).toBeGreaterThan(50_000))
    await bus.kill()
    writeFileSync(goOn, '')
    expect((await opened).opened).toMatch('ERR_SERVICE_LOST')
    await until(async () => expect(await target.order('report')).toMatchObject({ service: 'lost' }))
    for (const file of many) rmSync(file, { force: true })
    await startBus('open')
    await until(async () => expect(await target.order('report')).toMatchObject({ service: 'ready' }))
    await target.hearsTheTruth()
  })
})

function keyfile(index: number): string {
  const uuid = `${String(index).padStart(8, '0')}-dddd-4bbb-8ccc-000000000000`
  return `[connection]\nid=many-${index}\nuuid=${uuid}\ntype=ethernet\nautoconnect=false\ninterface-name=none0\n`
}

/** The bytes that wait in the fullest unix socket of the machine. */
async function mostUnread(): Promise<number> {
  const { stdout } = await run('ss', ['--unix', '--no-header'])
  return Math.max(...stdout.split('\n').map((line) => Number(line.trim().split(/\s+/)[2] ?? 0)))
}
