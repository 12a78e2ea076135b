import type { Activate } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../src/commands/command-context.js'
import { KeyOpening } from '../src/commands/key-opening.js'
import { WifiCommands } from '../src/commands/wifi-commands.js'
import { networkName } from '../src/wifi/network-profile.js'
import { memory, WIFI } from './captured.js'

const KEY = 'correct horse'
const SSID = Buffer.from('Shop').toString('hex')
const network = {
  profile: networkName(SSID, 'wpa'),
  ssid: SSID,
  security: 'wpa',
  keys: { auth: 7, cipher: 4 },
  isConnectable: true,
} as const
const ID = `wifi:${WIFI}/${network.profile}`

/** Turns of the event loop, until nothing is left to do. */
const quiet = () => new Promise<void>((resolve) => setImmediate(resolve))

/** An opening on a Windows that answers WlanConnect with that code. */
function opening(
  secret: Activate['secret'],
  {
    code = 0,
    hasService = true,
    answers = Promise.resolve(),
  }: {
    readonly code?: number | 'throws'
    readonly hasService?: boolean
    /** When Windows answers WlanConnect. */
    readonly answers?: Promise<void>
  } = {},
) {
  let disconnects = 0
  const { links, wifi } = memory()
  const tried: { readonly text: string; readonly memory: Buffer }[] = []
  const timers: { readonly ms: number; run(): void }[] = []
  const logged: unknown[] = []
  const reader = {
    async connectTemporary(_guid: string, xml: Buffer) {
      tried.push({ text: xml.toString('utf16le'), memory: xml })
      await answers
      if (code === 'throws') throw new Error(tried[0]?.text)
      return code
    },
    async disconnect() {
      disconnects += 1
      return 0
    },
  }
  const after = (ms: number, run: () => void) => {
    const timer = { ms, run }
    timers.push(timer)
    return () => timers.splice(timers.indexOf(timer), 1)
  }
  const context = {
    host: { clock: { now: () => 0, after }, log: (...all: unknown[]) => logged.push(all), changed() {} },
    wifi,
    service: { current: hasService ? reader : null },
    publish() {},
    markDirty() {},
    tables: () => ({ wifi: [] }),
    async whenRead() {},
    loseWifi: () => wifi.loseService(),
  } as unknown as CommandContext
  const request = { id: ID, guid: WIFI, network, field: 'psk', secret, what: 'cannot activate "Shop"' }
  const opened = new KeyOpening(context, request)
  wifi.beginOpening(WIFI, network.profile, opened)
  const note = (kind: 'started' | 'failed' | 'completed', reason = 0) =>
    wifi.applyNote({ kind, guid: WIFI, profile: network.profile, reason })
  const disconnect = () =>
    new WifiCommands(context).disconnect({ guid: WIFI, profile: network.profile }, 'cannot deactivate "Shop"')
  const link = () => links.of(ID)
  return { opened, wifi, tried, timers, logged, note, link, disconnect, disconnects: () => disconnects }
}

describe('an opening with a key', () => {
  it('gives it to Windows, overwrites it at once, and is over when the link is up', async () => {
    const { opened, tried, note, link, logged } = opening(async () => ({ psk: KEY }))
    const running = opened.run()
    await quiet()
    expect(tried.map(({ text }) => text.includes(`<keyMaterial>${KEY}</keyMaterial>`))).toEqual([true])
    expect(tried[0]?.memory.every((byte) => byte === 0)).toBe(true)
    note('started')
    note('completed')
    await running
    expect([link().activation === null, logged]).toEqual([false, []])
  })

  it('overwrites the key also if the call of Windows throws', async () => {
    const { opened, tried, link } = opening(async () => ({ psk: KEY }), { code: 'throws' })
    await opened.run()
    expect(link().ended?.reason).toBe('other')
    expect(tried[0]?.memory.every((byte) => byte === 0)).toBe(true)
  })

  it.each<[Activate['secret'], string]>([
    [null, 'secretMissing'],
    [async () => null, 'secretMissing'],
    [async () => ({}), 'secretMissing'],
    [async () => Promise.reject(new Error(KEY)), 'other'],
  ])('ends without one: %s', async (secret, reason) => {
    const { opened, link, tried, logged } = opening(secret)
    await opened.run()
    expect([link().ended?.reason, tried.length, JSON.stringify([link(), logged]).includes(KEY)]).toEqual([
      reason,
      0,
      false,
    ])
  })

  it.each([
    [5, 'denied', 'WlanConnect: error 5 (AccessDenied)'],
    [0x8034_2002, 'radioOff', 'WlanConnect: error 0x80342002 (RadioOff)'],
    [1206, 'other', 'WlanConnect: error 1206 (BadProfile)'],
    [1062, 'serviceLost', 'WLAN AutoConfig has stopped'],
  ])('ends if Windows answers %i: %s', async (code, reason, native) => {
    const { opened, link, tried } = opening(async () => ({ psk: KEY }), { code })
    await opened.run()
    expect(link().ended).toMatchObject({ reason, native })
    expect(tried[0]?.memory.every((byte) => byte === 0)).toBe(true)
  })

  it('ends if the service is away', async () => {
    const { opened, link } = opening(async () => ({ psk: KEY }), { hasService: false })
    await opened.run()
    expect(link().ended?.reason).toBe('serviceLost')
  })

  it('asks again after a key that no network can have, but not at once', async () => {
    const attempts: number[] = []
    const { opened, timers, tried, link } = opening(async ({ attempt }) => {
      attempts.push(attempt)
      return { psk: 'short' }
    })
    const running = opened.run()
    for (const expected of [1, 2, 3]) {
      await quiet()
      expect(attempts.length).toBe(expected)
      expect(timers.map(({ ms }) => ms)).toEqual([250])
      for (const { run } of [...timers]) run()
    }
    opened.stop({ reason: 'requested', native: null })
    await running
    expect([tried.length, timers.length, link().ended?.reason]).toEqual([0, 0, 'requested'])
  })

  it('takes the question back when it is stopped, and does nothing with a late answer', async () => {
    let answer = (_: { readonly psk: string }) => {}
    const signals: AbortSignal[] = []
    const { opened, tried } = opening((_, { signal }) => {
      signals.push(signal)
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    const running = opened.run()
    opened.stop({ reason: 'requested', native: null })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    answer({ psk: KEY })
    await running
    expect(tried).toEqual([])
  })

  // The calls are carried out by several threads.
  it('is asked to disconnect only after Windows has answered the request to connect', async () => {
    let answer = () => {}
    const answers = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { opened, wifi, tried, note, disconnect, disconnects } = opening(async () => ({ psk: KEY }), {
      answers,
    })
    const running = opened.run()
    await quiet()
    expect(tried.length).toBe(1)
    const disconnecting = disconnect()
    await quiet()
    expect(disconnects()).toBe(0)
    answer()
    await disconnecting
    expect(disconnects()).toBe(1)
    note('failed', 0x0002_8002)
    await running
    expect(wifi.phase(WIFI, network.profile)).toBe('down')
  })

  it('does not make another network disconnect if Windows refuses to connect meanwhile', async () => {
    let answer = () => {}
    const answers = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { opened, disconnect, disconnects, link } = opening(async () => ({ psk: KEY }), {
      answers,
      code: 1206,
    })
    const running = opened.run()
    await quiet()
    const disconnecting = disconnect()
    answer()
    await Promise.all([disconnecting, running])
    expect([disconnects(), link().ended?.reason]).toEqual([0, 'other'])
  })
})
