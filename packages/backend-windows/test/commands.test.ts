import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../src/commands/command-context.js'
import { Commands } from '../src/commands/commands.js'
import { WifiState } from '../src/ffi/numbers.js'
import type { WifiNote } from '../src/notifications/wifi-note.js'
import type { Tables } from '../src/tables/captured.js'
import { captured, HOME, memory, seen, WIFI } from './captured.js'

const call = { signal: new AbortController().signal }

/** Commands on the captured world, in which Home is up. Windows accepts everything, and shows what `tables` contains. */
function commands() {
  const around = memory()
  let tables: Tables = captured
  let world = seen(tables, around)
  const timers: (() => void)[] = []
  const after = (_ms: number, run: () => void) => {
    timers.push(run)
    return () => timers.splice(timers.indexOf(run), 1)
  }
  const asked: string[] = []
  const answer = (what: string) => async () => {
    asked.push(what)
    return 0
  }
  const reader = { disconnect: answer('disconnect'), connect: answer('connect') }
  const it = new Commands({
    host: { clock: { now: () => 0, after }, log() {}, changed() {} },
    wifi: around.wifi,
    service: { current: reader },
    tables: () => tables,
    find: (id: string) => world.configurations.find((one) => one.id === id),
    markDirty() {},
    publish: () => {
      world = seen(tables, around)
    },
    whenRead: async () => {},
  } as unknown as CommandContext)
  const home = world.configurations.find(({ id }) => id === HOME)
  if (home === undefined) throw new Error('Home is not there')
  const state = { isOver: false }
  return {
    it,
    home,
    asked,
    timers,
    state,
    /** Deactivates Home. Resolves when only the answer of Windows is missing. */
    async left() {
      const leaving = it.deactivate(home, call).then(() => {
        state.isOver = true
      })
      await new Promise<void>((resolve) => setImmediate(resolve))
      return { leaving }
    },
    show: (next: Tables) => {
      tables = next
      world = seen(tables, around)
    },
    /** Windows sends a notification, which changes links too. */
    notify(note: WifiNote) {
      around.wifi.applyNote(note)
      world = seen(tables, around)
      it.note(note)
    },
    /** Activates Home, which shows as down. */
    bringUp: () => it.activate({ ...home, link: 'down', activation: null }, { ...call, secret: null }),
  }
}

describe('deactivating a Wi-Fi link', () => {
  it('waits until Windows notifies the end, so that the next caller does not find the link up', async () => {
    const { it, left, state, timers } = commands()
    const { leaving } = await left()
    expect(state.isOver).toBe(false)
    it.note({ kind: 'disconnecting', guid: WIFI, profile: 'Home', reason: 0 })
    await leaving
    expect(timers).toEqual([])
  })

  it('does not wait if a table shows the end already', async () => {
    const { left, show } = commands()
    show({ ...captured, wifi: captured.wifi.map((table) => ({ ...table, state: 3, connection: null })) })
    await (await left()).leaving
  })

  it('waits for a second at most', async () => {
    const { left, state, timers } = commands()
    const { leaving } = await left()
    expect(state.isOver).toBe(false)
    for (const run of [...timers]) run()
    await leaving
  })

  it('leaves no timer when it is closed', async () => {
    const { it, left, timers } = commands()
    const { leaving } = await left()
    it.close()
    await expect(leaving).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(timers).toEqual([])
  })

  it('does not wait for a service that has stopped', async () => {
    const { it, left } = commands()
    const { leaving } = await left()
    it.loseWifi()
    await leaving
  })
})

describe('many calls at once', () => {
  it('cause no warning, and all end with the backend', async () => {
    const { it, left } = commands()
    const warnings: Error[] = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on('warning', warn)
    const all: Promise<unknown>[] = []
    for (let count = 0; count < 50; count += 1) all.push((await left()).leaving.catch((error) => error.code))
    it.close()
    expect(await Promise.all(all)).toEqual(Array.from({ length: 50 }, () => 'ERR_CLOSED'))
    await new Promise<void>((resolve) => setImmediate(resolve))
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })
})

describe('an abort', () => {
  it('ends the waiting of all calls with that signal, and of no others', async () => {
    const { it, home } = commands()
    const [one, other] = [new AbortController(), new AbortController()]
    const ends: string[] = []
    const begin = (name: string, { signal }: AbortController) =>
      it.deactivate(home, { signal }).catch((error) => ends.push(`${name} ${error.code ?? error.message}`))
    const all = [begin('a', one), begin('b', one), begin('c', other)]
    one.abort(new Error('enough'))
    await Promise.all(all.slice(0, 2))
    expect(ends).toEqual(['a enough', 'b enough'])
    it.close()
    await Promise.all(all)
    expect(ends.at(-1)).toBe('c ERR_CLOSED')
  })
})

describe('activating a Wi-Fi link', () => {
  const { Associating: ASSOCIATING, Disconnected: DISCONNECTED } = WifiState
  const inState = (state: number): Tables => ({
    ...captured,
    wifi: captured.wifi.map((table) => ({ ...table, state, connection: null })),
  })
  const started: WifiNote = { kind: 'started', guid: WIFI, profile: 'Home', reason: 0 }

  it('is not requested again if another process has just started it', async () => {
    const { asked, bringUp, show, notify } = commands()
    show(inState(DISCONNECTED))
    show(inState(ASSOCIATING))
    const activation = bringUp()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(asked).toEqual([])
    notify(started)
    expect(await activation).toEqual(expect.any(String))
    expect(asked).toEqual([])
  })

  it('resolves when Windows notifies the start, so that the next caller finds it', async () => {
    const { asked, bringUp, show, notify, timers } = commands()
    show(inState(DISCONNECTED))
    let isDone = false
    const activation = bringUp().finally(() => {
      isDone = true
    })
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect([asked, isDone]).toEqual([['connect'], false])
    notify(started)
    expect(await activation).toEqual(expect.any(String))
    expect(timers).toEqual([])
  })
})
