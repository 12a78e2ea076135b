import { BackendError, type BackendHost, type Driver } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { mock, VirtualClock } from '../src/index.js'
import { parseTrace, recorded, replay, TraceError } from '../src/trace/index.js'

const call = { signal: new AbortController().signal, secret: null }

/** Opens a driver in virtual time. */
async function openOn(driver: Driver, clock = new VirtualClock()) {
  let changes = 0
  const host: BackendHost = {
    clock,
    log() {},
    changed: () => {
      changes += 1
    },
  }
  const backend = await driver.open(host, call)
  return { backend, clock, changes: () => changes }
}

/** A recording of the mock. */
async function record(options?: { names?: 'hidden' | 'clear' }, configurations = CONFIGURATIONS) {
  const lines: string[] = []
  const driver = mock({ configurations, activationTime: 20 })
  const recording = recorded(driver, (line) => lines.push(line), options)
  const opened = await openOn(recording)
  return { ...opened, driver, recording, lines, text: () => `${lines.join('\n')}\n` }
}

const CONFIGURATIONS = [
  {
    id: 'wifi:Müller family',
    name: 'Müller family',
    bearer: 'wlan',
    saved: false,
    device: 'wlx0050b6a1b2c3',
    network: 'ess-4d756c6c6572',
    point: '00:50:b6:a1:b2:c3',
    wifi: { ssid: 'Müller family', hidden: false, security: 'wpa' },
    secret: { psk: 'correct horse' },
    portal: 'https://wifi.example.com/login?mac=0050b6a1b2c3',
    connectivity: 'portal',
    interface: {
      name: 'wlx0050b6a1b2c3',
      index: 3,
      hardwareAddress: '00:50:b6:a1:b2:c3',
      mtu: 1500,
      addresses: [
        '192.168.178.20/24',
        '2003:e1:af12:3400:250:b6ff:fea1:b2c3/64',
        'fe80::250:b6ff:fea1:b2c3/64',
      ],
      gateways: ['192.168.178.1'],
      dns: ['93.184.216.34'],
      searchDomains: ['mueller.internal'],
    },
  },
  { id: 'z-desk', name: 'Desk', over: null },
] as const

const INTERFACE = {
  name: 'eth0',
  index: 1,
  hardwareAddress: null,
  mtu: 1500,
  addresses: [] as string[],
  gateways: [] as string[],
  dns: [] as string[],
  searchDomains: [] as string[],
}

/** All facts of a configuration. */
const wholeLink = (facts: object) => ({
  ...{
    id: 'x',
    name: 'x',
    bearer: 'ethernet',
    purpose: 'unknown',
    saved: true,
    uplink: true,
    activate: 'yes',
  },
  ...{
    deactivate: 'yes',
    inRange: true,
    carrier: null,
    link: 'down',
    activation: null,
    ended: null,
    device: null,
  },
  ...{ over: null, network: null, point: null, interface: null, proxy: null, wifi: null, signal: null },
  ...{ metered: null, connectivity: 'unknown', portal: null },
  ...facts,
})

const HEADER = '{"roamkitTrace":1,"backend":"mock","names":"hidden"}'
const WORLD =
  '{"at":0,"world":{"service":"ready","updates":"events","scope":null,"scan":"yes","recheck":"yes","statistics":false,"defaultId":null,"power":"unknown"}}'

describe('a recording', () => {
  it('has a line for each change of the world that core read, with only what is different', async () => {
    const { backend, clock, driver, lines } = await record({ names: 'clear' })
    await clock.advance(100)
    driver.world.set('z-desk', { signal: 40 })
    backend.snapshot()
    backend.snapshot()
    expect(lines.slice(2).map((line) => JSON.parse(line))).toEqual([
      { at: 100, world: {}, set: [{ id: 'z-desk', signal: 40 }] },
    ])
  })

  it('has each command with its answer or its error', async () => {
    const { backend, clock, driver, lines } = await record({ names: 'clear' })
    const activation = await backend.activate('z-desk', call)
    await clock.advance(50)
    driver.world.refuseDeactivate('z-desk', new BackendError('ERR_DENIED', 'no'))
    await backend.deactivate('z-desk', activation, call).catch(() => undefined)
    const told = lines.map((line) => JSON.parse(line)).filter((line) => 'call' in line)
    expect(told).toEqual([
      { at: 0, call: 1, ask: 'activate', id: 'z-desk' },
      { at: 0, call: 1, answer: activation },
      { at: 50, call: 2, ask: 'deactivate', id: 'z-desk', activation },
      { at: 50, call: 2, error: { code: 'ERR_DENIED', message: 'no' } },
    ])
  })

  it('has no secret, only that one was asked for (N5)', async () => {
    const { backend, clock, lines, text } = await record({ names: 'clear' })
    const secret = async () => ({ psk: 'correct horse' })
    await backend.activate('wifi:Müller family', { ...call, secret })
    await clock.advance(50)
    backend.snapshot()
    expect(lines.map((line) => JSON.parse(line)).filter((line) => 'secret' in line)).toEqual([
      { at: 0, call: 1, secret: { fields: ['psk'], attempt: 1 } },
    ])
    expect(text()).not.toContain('correct horse')
  })

  it('has no name, SSID, hardware address, public address or domain, unless they are asked for', async () => {
    const play = async (names: 'hidden' | 'clear') => {
      const { backend, clock, text } = await record({ names })
      await backend.activate('wifi:Müller family', {
        ...call,
        secret: async () => ({ psk: 'correct horse' }),
      })
      await clock.advance(50)
      backend.snapshot()
      return text()
    }
    const [hidden, clear] = [await play('hidden'), await play('clear')]
    for (const word of [
      'Müller',
      'b6:a1:b2:c3',
      '0050b6a1b2c3',
      'b2c3',
      '4d756c6c6572',
      'wifi.example.com',
      '2003:',
      '93.184',
      'mueller',
    ]) {
      expect(clear).toContain(word)
      expect(hidden).not.toContain(word)
    }
    expect(hidden).toContain('192.168.178.20/24')
    // What is the same is the same in the trace, too.
    expect(hidden.match(/02:00:00:00:00:01/g)).toHaveLength(2)
  })

  it('has the mobile network as it is, and nothing that is not in the contract (T4)', async () => {
    const cellular = { operator: 'Orange F', operatorCode: '20801', registration: 'visited' } as const
    const imei = { imei: '490154203237518' }
    const [wlan, desk] = CONFIGURATIONS
    const lte = { ...desk, bearer: 'lte', cellular: { ...cellular, ...imei } } as const
    const { text } = await record({ names: 'hidden' }, [wlan, lte] as never)
    const shown = parseTrace(text()).begin.configurations.map((link) => link.cellular)
    expect([shown, text().includes(imei.imei)]).toEqual([[undefined, cellular], false])
  })

  it('refuses a mobile network that the contract does not have', () => {
    const line = (cellular: unknown) =>
      `${HEADER}\n${JSON.stringify({ ...JSON.parse(WORLD), set: [wholeLink({ cellular })] })}\n`
    const valid = { operator: null, operatorCode: '20801', registration: 'home' }
    expect(parseTrace(line(valid)).begin.configurations[0]?.cellular).toEqual(valid)
    expect(() => parseTrace(line({ ...valid, registration: 'roaming' }))).toThrow(/cellular is .*not \{/)
  })

  it('keeps the order of the identifiers when it replaces them', async () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ id: `id-${String(index).padStart(2, '0')}` }))
    const { text } = await record({ names: 'hidden' }, many as never)
    const ids = parseTrace(text()).begin.configurations.map(({ name }) => Number(name.split(' ')[1]))
    expect(ids).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
  })
})

describe('a replay', () => {
  it('shows the worlds at their times, and answers commands as recorded', async () => {
    const made = await record({ names: 'clear' })
    await made.clock.advance(30)
    const activation = await made.backend.activate('z-desk', call)
    made.backend.snapshot()
    await made.clock.advance(20)
    made.backend.snapshot()
    const { backend, clock } = await openOn(replay(parseTrace(made.text())))
    const link = () => backend.snapshot().configurations.find(({ id }) => id === 'z-desk')?.link
    const asked = backend.activate('z-desk', call)
    expect(link()).toBe('down')
    await clock.advance(30)
    expect([await asked, link()]).toEqual([activation, 'activating'])
    await clock.advance(20)
    expect(link()).toBe('up')
  })

  it('refuses what was not asked in the recording', async () => {
    const made = await record()
    const { backend } = await openOn(replay(parseTrace(made.text())))
    await expect(backend.scan(call)).rejects.toMatchObject({
      name: 'BackendError',
      code: 'ERR_NOT_SUPPORTED',
      message: 'replay: the trace has no answer to scan',
    })
  })

  it('leaves nothing behind when it is disposed: no timer, and no command without an answer', async () => {
    const made = await record()
    const activating = made.backend.activate('z-desk', call)
    await made.clock.advance(100)
    await activating
    made.backend.snapshot()
    const text = made
      .text()
      .split('\n')
      .filter((line) => !line.includes('"answer"'))
      .join('\n')
    const { backend, clock, changes } = await openOn(replay(parseTrace(text)))
    const waiting = backend.activate('link-0002', call)
    await backend[Symbol.asyncDispose]()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(backend.scan(call)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(clock.pending).toBe(0)
    await clock.advance(1000)
    expect(changes()).toBe(0)
  })

  it('ends a wait with the reason of its signal', async () => {
    const text = [HEADER, WORLD, '{"at":1,"call":1,"ask":"scan"}', ''].join('\n')
    const { backend } = await openOn(replay(parseTrace(text)))
    const controller = new AbortController()
    const scanning = backend.scan({ signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(scanning).rejects.toThrow('enough')
  })

  it('asks for the secrets that were asked for', async () => {
    const made = await record()
    await made.backend.activate('wifi:Müller family', { ...call, secret: async () => ({ psk: 'wrong' }) })
    await made.clock.advance(100)
    made.backend.snapshot()
    const { backend, clock } = await openOn(replay(parseTrace(made.text())))
    const asked: unknown[] = []
    const secret = async (question: unknown) => {
      asked.push(question)
      return null
    }
    const activating = backend.activate('link-0001', { ...call, secret })
    await clock.advance(100)
    await activating
    expect(asked[0]).toEqual({ id: 'link-0001', fields: ['psk'], attempt: 1 })
  })
})

describe('a trace from a stranger', () => {
  const link = (facts: object) => JSON.stringify({ at: 5, world: {}, set: [facts] })
  it.each([
    ['it is empty', '', 'line 1 of the trace: it is not JSON'],
    [
      'it is something else',
      '{"a":1}\n',
      'line 1 of the trace: this is no trace of Roamkit: roamkitTrace is missing',
    ],
    [
      'it is of a later version',
      '{"roamkitTrace":2}\n',
      'line 1 of the trace: the version of the trace is 2, and this program reads 1',
    ],
    ['a line is no object', `${HEADER}\n[]\n`, 'line 2 of the trace: it is not an object'],
    ['there is no world', `${HEADER}\n`, 'line 1 of the trace: there is no world before the end'],
    [
      'the world lacks something',
      `${HEADER}\n{"at":0,"world":{}}\n`,
      'line 2 of the trace: the world: service is undefined, not one of ready, lost',
    ],
    [
      'time runs backwards',
      `${HEADER}\n${WORLD}\n{"at":7,"world":{}}\n{"at":6,"world":{}}\n`,
      'line 4 of the trace: at is 6, before the line before it',
    ],
    [
      'time is no number',
      `${HEADER}\n{"at":"1","world":{}}\n`,
      'line 2 of the trace: at is "1", not a whole number from 0',
    ],
    [
      'a configuration has no id',
      `${HEADER}\n${WORLD}\n${link({ name: 'x' })}\n`,
      'line 3 of the trace: set[0] has no id',
    ],
    [
      'a configuration lacks facts',
      `${HEADER}\n${WORLD}\n${link({ id: 'x' })}\n`,
      'line 3 of the trace: set[0]: name is undefined, not a text',
    ],
    [
      'a configuration has something unknown',
      `${HEADER}\n${WORLD}\n{"at":5,"world":{},"set":[{"id":"x","__proto__":{}}]}\n`,
      'line 3 of the trace: set[0] has no "__proto__"; it has id, name,',
    ],
    [
      'something unknown is removed',
      `${HEADER}\n${WORLD}\n{"at":5,"world":{},"removed":["x"]}\n`,
      'line 3 of the trace: removed has "x", which is not there',
    ],
    [
      'a command is unknown',
      `${HEADER}\n${WORLD}\n{"at":5,"call":1,"ask":"format"}\n`,
      'line 3 of the trace: ask is "format", not one of activate, deactivate, scan, recheck, save, forget',
    ],
    [
      'a command is answered twice',
      `${HEADER}\n${WORLD}\n{"at":5,"call":1,"ask":"scan"}\n{"at":5,"call":1,"answer":null}\n{"at":5,"call":1,"answer":null}\n`,
      'line 5 of the trace: call 1 has ended',
    ],
    [
      'what was not asked is answered',
      `${HEADER}\n${WORLD}\n{"at":5,"call":4,"answer":null}\n`,
      'line 3 of the trace: call 4 was not asked',
    ],
    [
      'an error has no such code',
      `${HEADER}\n${WORLD}\n{"at":5,"call":1,"ask":"scan"}\n{"at":5,"call":1,"error":{"code":"ERR_X","message":""}}\n`,
      'line 4 of the trace: code is "ERR_X", not one of ERR_NOT_SUPPORTED,',
    ],
    [
      'a value is nested ten thousand times',
      `${HEADER}\n${WORLD}\n{"at":5,"world":{"scope":${'['.repeat(10_000)}${']'.repeat(10_000)}}}\n`,
      'line 3 of the trace: ',
    ],
    [
      'a line has something unknown',
      `${HEADER}\n${WORLD}\n{"at":5,"session":1,"on":"x","does":"open","evil":1}\n`,
      'line 3 of the trace: it has "evil"; it may have at, session, on, does, event, says, configuration',
    ],
    [
      'a line is none of these',
      `${HEADER}\n${WORLD}\n{"at":5}\n`,
      'line 3 of the trace: it has none of world, ask,',
    ],
  ])('is refused if %s', (_what, text, message) => {
    let error: unknown
    try {
      parseTrace(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(TraceError)
    expect((error as TraceError).message.slice(0, message.length)).toBe(message)
    expect((error as TraceError).line).toBe(Number(/line (\d+)/.exec(message)?.[1]))
  })

  it('is read up to a last line that was cut off', async () => {
    const made = await record()
    expect(parseTrace(`${made.text()}{"at":5,"wor`).duration).toBe(0)
  })

  it.each([
    [
      'repeats a configuration with long lists',
      () => {
        const addresses = Array.from({ length: 50_000 }, () => '10.0.0.1/8')
        const long = wholeLink({ interface: { ...INTERFACE, addresses } })
        return `${HEADER}\n${WORLD}\n${link(long)}\n${`${link({ id: 'x' })}\n`.repeat(20_000)}`
      },
      'is read',
    ],
    [
      'changes a configuration millions of times in a line',
      () =>
        `${HEADER}\n${WORLD}\n${link(wholeLink({}))}\n{"at":5,"world":{},"set":[${'{"id":"x"},'.repeat(4_000_000)}{"id":"x"}]}\n`,
      'line 4 of the trace: the trace has too many worlds, or too many changes',
    ],
    [
      'has a configuration with hundreds of thousands of members',
      () =>
        `${HEADER}\n${WORLD}\n{"at":5,"world":{},"set":[{${Array.from({ length: 300_000 }, (_, n) => `"${n}":0,`).join('')}"id":"x"}]}\n`,
      'line 3 of the trace: set[0] has 300001 members',
    ],
  ])('costs little time if it %s', { timeout: 20_000 }, (_what, text, expected) => {
    let outcome = 'is read'
    try {
      parseTrace(text())
    } catch (error) {
      outcome = (error as Error).message
    }
    expect(outcome).toBe(expected)
  })

  it('is refused in a sentence of bounded length', () => {
    const text = `${HEADER}\n${WORLD.replace('ready', 'x'.repeat(1_000_000))}\n`
    expect(() => parseTrace(text)).toThrow(
      /^line 2 of the trace: the world: service is "x+…x+", not one of ready, lost$/,
    )
    expect(() => parseTrace(text)).toThrow(/^.{0,1100}$/)
  })

  it('never throws anything else, whatever is changed in it', async () => {
    const made = await record()
    await made.backend.activate('z-desk', call)
    await made.clock.advance(100)
    made.backend.snapshot()
    const text = made.text()
    let refused = 0
    for (let at = 0; at < text.length; at += 3)
      for (const piece of ['', '"', '{', 'null', '-1', '[[', '\n', '1e999']) {
        try {
          parseTrace(text.slice(0, at) + piece + text.slice(at + 2))
        } catch (error) {
          if (!(error instanceof TraceError)) throw error
          refused += 1
        }
      }
    expect(refused).toBeGreaterThan(1000)
  })
})
