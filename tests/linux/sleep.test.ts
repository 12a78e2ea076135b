import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { networkManager } from '@roamkit/backend-linux'
import type { Backend, World } from '@roamkit/core/contract'
import { info, nm, status } from '@roamkit/lab-linux'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { FakeLogind } from './fake-logind.js'
import { calm, nmcli, PROFILE, until } from './host.js'
import { sleepNetworkManager } from './sleep.js'

const run = promisify(execFile)
const NOBODY = 65_534
const STRANGER = fileURLToPath(new URL('./bus-stranger.mjs', import.meta.url))

beforeEach(calm)
afterEach(async () => {
  if (status().nm === null) await nm.start()
  await nm.resume()
  await nmcli('networking', 'on')
  await sleepNetworkManager(false)
})

/** A backend, and what a host sees that reads at each call of `changed()`. */
async function open() {
  const worlds: World[] = []
  let opened: Backend | null = null
  const logged: string[] = []
  const clock = {
    now: () => performance.now(),
    after(ms: number, callback: () => void) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  }
  const host = {
    clock,
    // It calls before it is open, too.
    changed: () => void worlds.push(...(opened ? [opened.snapshot()] : [])),
    log: (event: string) => void logged.push(event),
  }
  const backend = await networkManager().open(host, { signal: AbortSignal.timeout(20_000) })
  opened = backend
  onTestFinished(async () => backend[Symbol.asyncDispose]())
  worlds.unshift(backend.snapshot())
  const powers = () =>
    worlds.map(({ power }) => power).filter((power, index, all) => power !== all[index - 1])
  const comes = (...wanted: World['power'][]) => until(() => expect(powers()).toEqual(wanted))
  return { backend, worlds, logged, powers, comes }
}

async function startLogind(options?: { readonly isPreparing: boolean }): Promise<FakeLogind> {
  const logind = await FakeLogind.start(options)
  onTestFinished(() => logind.stop())
  return logind
}

function linkOf(world: World | undefined, id: string) {
  return world?.configurations.find((one) => one.id === id)?.link
}

describe('without logind, as in a container', () => {
  it('NetworkManager tells that it was put to sleep, and that it is awake (L4)', async () => {
    const { logged, comes } = await open()
    await sleepNetworkManager(true)
    await comes('unknown', 'asleep')
    await sleepNetworkManager(false)
    await comes('unknown', 'asleep', 'awake')
    expect(logged.filter((event) => event.includes('logind'))).toEqual([])
  })

  it('a NetworkManager that sleeps already is known to (L4)', async () => {
    await sleepNetworkManager(true)
    const { comes } = await open()
    await sleepNetworkManager(false)
    await comes('asleep', 'awake')
  })

  it('networking that is switched off is no sleep, at no moment (L4)', async () => {
    const { worlds, powers } = await open()
    for (const [state, link] of [
      ['off', 'down'],
      ['on', 'up'],
    ] as const) {
      await nmcli('networking', state)
      await until(() => expect(linkOf(worlds.at(-1), PROFILE.a)).toBe(link))
    }
    expect(powers()).toEqual(['unknown'])
  })

  it('a NetworkManager that is killed in its sleep is lost, and nobody tells any more (L4, S14)', async () => {
    const { backend, comes } = await open()
    await sleepNetworkManager(true)
    await comes('unknown', 'asleep')
    await nm.kill()
    await comes('unknown', 'asleep', 'unknown')
    expect(backend.snapshot().service).toBe('lost')
    await nm.start()
    await until(() => expect(backend.snapshot().service).toBe('ready'))
    await comes('unknown', 'asleep', 'unknown')
  })
})

describe('with a FAKE logind', () => {
  it('its announcement shows at once and before NetworkManager takes part, and so does the wake-up (L4)', async () => {
    const logind = await startLogind()
    const { comes } = await open()
    // Nothing but logind says a word.
    await nm.pause()
    await logind.prepareForSleep(true)
    await comes('awake', 'asleep')
    await logind.prepareForSleep(false)
    await comes('awake', 'asleep', 'awake')
  })

  it('while NetworkManager follows it, no link goes down before the sleep shows, and it ends when both are awake (L4)', async () => {
    const logind = await startLogind()
    await nm.stop()
    await nm.start()
    await calm()
    const { worlds, comes } = await open()
    await logind.prepareForSleep(true)
    await until(async () => expect(await nmcli('general', 'status')).toContain('asleep'))
    await comes('awake', 'asleep')
    expect(
      linkOf(
        worlds.find(({ power }) => power === 'asleep'),
        PROFILE.a,
      ),
    ).toBe('up')
    await logind.prepareForSleep(false)
    await comes('awake', 'asleep', 'awake')
    await until(() => expect(linkOf(worlds.at(-1), PROFILE.a)).toBe('up'))
    expect(await nmcli('general', 'status')).not.toContain('asleep')
  })

  it('it is asked when it appears, and nothing is known when it has left (L4)', async () => {
    const { comes } = await open()
    const first = await startLogind()
    await comes('unknown', 'awake')
    await first.stop()
    await comes('unknown', 'awake', 'unknown')
    await startLogind({ isPreparing: true })
    await comes('unknown', 'awake', 'unknown', 'asleep')
  })

  it('it tells while NetworkManager is away (L4, S14)', async () => {
    const logind = await startLogind()
    const { backend, comes } = await open()
    await nm.kill()
    await until(() => expect(backend.snapshot().service).toBe('lost'))
    await logind.prepareForSleep(true)
    await comes('awake', 'asleep')
    await logind.prepareForSleep(false)
    await comes('awake', 'asleep', 'awake')
    await nm.start()
  })

  it('a stranger is not believed in its place (L4)', async () => {
    const logind = await startLogind()
    const before = await uniqueNames()
    const { powers, comes } = await open()
    const ours = (await uniqueNames()).filter((name) => !before.includes(name))
    expect(ours.length).toBeGreaterThan(0)
    // A rootless lab has no other user.
    const user = info().rootless ? {} : { uid: NOBODY, gid: NOBODY }
    for (const name of ours) await run(process.execPath, [STRANGER, 'sleep', name], user)
    // Had the stranger been believed, this would be a wake-up.
    await logind.prepareForSleep(false)
    await logind.prepareForSleep(true)
    await comes('awake', 'asleep')
    expect(powers()).toEqual(['awake', 'asleep'])
    await logind.prepareForSleep(false)
  })
})

/** Who is on the bus. */
async function uniqueNames(): Promise<readonly string[]> {
  const at = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.ListNames']
  const { stdout } = await run('dbus-send', ['--system', '--print-reply', ...at])
  return stdout.match(/:\d+\.\d+/g) ?? []
}
