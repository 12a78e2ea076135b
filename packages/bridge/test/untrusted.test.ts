import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { connectToHost, type GuestAction, type GuestRequest, hostManager } from '../src/index.js'
import { readGuestMessage } from '../src/protocol/read-guest-message.js'
import { openLab } from './lab.js'

const ACTIONS = [
  'open',
  'close',
  'stop',
  'migrate',
  'accept',
  'report',
  'holdOff',
  'traffic',
  'updateConfigurations',
  'forgetNetwork',
  '__proto__',
  'constructor',
] as const
const KINDS = [
  'hello',
  'received',
  'create',
  'release',
  'consult',
  'call',
  'abort',
  'answer',
  'bye',
  'update',
] as const

/** Anything that a message can be. */
const garbage = fc.anything({
  withDate: true,
  withMap: true,
  withSet: true,
  withBigInt: true,
  withTypedArray: true,
})

/** Messages that are nearly right. */
const nearly = fc.record(
  {
    roamkit: fc.oneof(fc.constantFrom(...KINDS), garbage),
    version: fc.oneof(fc.constantFrom(1, 2), garbage),
    hasChooser: fc.oneof(fc.boolean(), garbage),
    session: fc.oneof(fc.integer({ min: -2, max: 4 }), garbage),
    configuration: fc.oneof(fc.constantFrom('a', 'b', 'nothing', '__proto__'), garbage),
    presence: fc.oneof(fc.constant(null), fc.uuid(), garbage),
    hasSecrets: fc.oneof(fc.boolean(), garbage),
    isOn: fc.oneof(fc.boolean(), garbage),
    call: fc.oneof(fc.nat({ max: 9 }), garbage),
    action: fc.oneof(fc.constantFrom(...ACTIONS), garbage),
    argument: fc.oneof(
      fc.constant(null),
      fc.constant({ keepOpen: false, lastClose: null, connectInBackground: null }),
      fc.constantFrom('a', 'alive'),
      garbage,
    ),
    sequence: fc.oneof(fc.nat({ max: 5 }), garbage),
    question: fc.oneof(fc.nat({ max: 5 }), garbage),
    answer: garbage,
    failed: fc.oneof(fc.boolean(), garbage),
  },
  { requiredKeys: ['roamkit'] },
)

describe('what an untrusted guest sends', () => {
  it('is read without an exception, and nothing of it is kept but known members', () => {
    fc.assert(
      fc.property(fc.oneof(garbage, nearly), (sent) => {
        const message = readGuestMessage(sent)
        if (message !== null) expect(KINDS).toContain(message.roamkit)
      }),
      { numRuns: 3000 },
    )
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('neither makes the host throw nor does more than it may', { timeout: 60_000 }, async () => {
    const uncaught: unknown[] = []
    const note = (error: unknown) => uncaught.push(error)
    process.on('uncaughtException', note)
    process.on('unhandledRejection', note)
    try {
      const { manager, world, host, settle, advance, connect } = await openLab()
      const shared = manager.createSession('a')
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(garbage, nearly), { maxLength: 30 }), async (messages) => {
          const { guest, port } = host({ sessions: { shared }, maxSessions: 4, maxCalls: 4 })
          port.postMessage({ roamkit: 'hello', version: 1, hasChooser: true, presence: null })
          for (const message of messages) sendIfPossible(port, message)
          await settle()
          void guest.close()
        }),
        { numRuns: 150 },
      )
      await advance(1000)
      expect(uncaught).toEqual([])
      expect(world.calls).toEqual([])
      expect(manager.holders('b')).toEqual([])
      const { mirror } = await connect()
      expect(mirror.getSnapshot()).toEqual(manager.getSnapshot())
    } finally {
      process.off('uncaughtException', note)
      process.off('unhandledRejection', note)
    }
  })

  it.each([
    [{ roamkit: 'create', session: 0, configuration: 'a', hasSecrets: false }],
    [{ roamkit: 'create', session: -1, configuration: 'a', hasSecrets: false }],
    [{ roamkit: 'create', session: 1, configuration: 'a'.repeat(65_537), hasSecrets: false }],
    [{ roamkit: 'call', call: 1, action: 'toString', session: 1, argument: null }],
    [{ roamkit: 'call', call: 1, action: 'holdOff', session: 1, argument: Number.NaN }],
    [{ roamkit: 'call', call: 1.5, action: 'close', session: 1, argument: null }],
    [{ roamkit: 'answer', question: -1, failed: false, answer: null }],
    [Object.create({ roamkit: 'bye' })],
    [[{ roamkit: 'bye' }]],
  ])('is ignored if a member is not right: %j', (message) => {
    expect(readGuestMessage(message)).toBeNull()
  })

  it.each([{ psk: 1 }, ['x'], 'x'.repeat(65_537), undefined])('is no answer if it is not right', (answer) => {
    const message = readGuestMessage({ roamkit: 'answer', question: 1, failed: false, answer })
    expect(message).toEqual({ roamkit: 'answer', question: 1, failed: true, answer: null })
  })

  it.each([
    ['a view of a buffer', () => new Uint8Array(new SharedArrayBuffer(10_000_000))],
    ['a text as an object', () => Object('x'.repeat(10_000_000))],
  ])('is no answer if it is %s, however long: its members are not counted', (_, answer) => {
    const keys = vi.spyOn(Object, 'keys')
    const message = readGuestMessage({ roamkit: 'answer', question: 1, failed: false, answer: answer() })
    expect(message).toEqual({ roamkit: 'answer', question: 1, failed: true, answer: null })
    expect(keys).not.toHaveBeenCalled()
    keys.mockRestore()
  })

  it('leaves no port at the host that came with it', async () => {
    const { manager } = await openLab()
    const [channel, sent] = [new MessageChannel(), new MessageChannel()]
    const guest = hostManager(manager, channel.port1)
    const closed = new Promise((resolve) => sent.port1.addEventListener('close', resolve))
    sent.port1.start()
    channel.port2.postMessage({ roamkit: 'hello', more: sent.port2 }, [sent.port2])
    await closed
    expect(guest.isClosed).toBe(false)
    channel.port2.close()
  })

  it('cannot be an answer that changes a prototype', () => {
    const answer = JSON.parse('{ "__proto__": "x", "psk": "y" }')
    const message = readGuestMessage({ roamkit: 'answer', question: 1, failed: false, answer })
    const read = (message as { answer: Record<string, string> }).answer
    expect(Object.getPrototypeOf(read)).toBeNull()
    expect(Object.entries(read)).toEqual([
      ['__proto__', 'x'],
      ['psk', 'y'],
    ])
  })
})

describe('a guest that does not read', () => {
  it('gets one update, and when it reads again, the difference as one more', async () => {
    const { world, host, advance, settle } = await openLab()
    const { port } = host()
    const got: { roamkit: string; sequence?: number; manager?: { configurations: unknown[] } }[] = []
    port.addEventListener('message', ({ data }) => got.push(data))
    port.start()
    port.postMessage({ roamkit: 'hello', version: 1, hasChooser: false, presence: null })
    for (let signal = 1; signal <= 100; signal += 1) {
      world.set('b', { signal: (signal * 7) % 100 })
      await advance(1)
    }
    expect(got.map(({ roamkit }) => roamkit)).toEqual(['welcome', 'update'])
    port.postMessage({ roamkit: 'received', sequence: got[1]?.sequence })
    await settle()
    expect(got.slice(2)).toMatchObject([{ manager: { configurations: [{ identifier: 'b' }] } }])
    port.postMessage({ roamkit: 'received', sequence: got[1]?.sequence })
    world.set('b', { signal: 50 })
    await advance(0)
    expect(got).toHaveLength(3)
    port.close()
  })

  it('cannot say that it has read: it would have to guess what is in the message', async () => {
    const { world, host, advance, messages } = await openLab()
    const { port } = host()
    port.postMessage({ roamkit: 'hello', version: 1, hasChooser: false, presence: null })
    for (let sequence = 0; sequence <= 100; sequence += 1) {
      port.postMessage({ roamkit: 'received', sequence })
      world.set('b', { signal: (sequence * 7) % 100 })
      await advance(1)
    }
    expect(messages.filter((message) => kindOf(message) === 'update')).toHaveLength(1)
    port.close()
  })

  it('is told once that it has another version, however often it says hello', async () => {
    const { host, settle, messages } = await openLab()
    const { port } = host()
    for (let count = 0; count < 100; count += 1)
      port.postMessage({ roamkit: 'hello', version: 2, hasChooser: false, presence: null })
    await settle()
    expect(messages.filter((message) => kindOf(message) === 'refused')).toHaveLength(1)
    port.close()
  })

  it('gets no answer to more calls than it may have pending, until it has read some', async () => {
    const { host, settle } = await openLab()
    const { port } = host({ maxCalls: 3 })
    const results: unknown[] = []
    let last = 0
    port.addEventListener('message', ({ data }) => {
      results.push(...(data.results ?? []))
      last = data.sequence
    })
    port.start()
    port.postMessage({ roamkit: 'hello', version: 1, hasChooser: false, presence: null })
    await settle()
    port.postMessage({ roamkit: 'received', sequence: last })
    const call = (number: number) =>
      port.postMessage({
        roamkit: 'call',
        call: number,
        action: 'updateConfigurations',
        session: null,
        argument: null,
      })
    const received = () => port.postMessage({ roamkit: 'received', sequence: last })
    for (let number = 1; number <= 10; number += 1) call(number)
    await settle()
    expect(results).toMatchObject([{ call: 1 }])
    call(11)
    await settle()
    received()
    await settle()
    expect(results.slice(1)).toMatchObject([{ call: 2 }, { call: 3 }])
    received()
    call(12)
    await settle()
    expect(results.slice(3)).toMatchObject([{ call: 12 }])
    port.close()
  })

  it('of ours waits with its calls: all are answered', async () => {
    const { connect, finish } = await openLab()
    const { mirror } = await connect({ allow: ['updateConfigurations'], maxCalls: 2 })
    await finish(Promise.all(Array.from({ length: 20 }, () => mirror.updateConfigurations())))
  })
})

it.each([
  ['an object without a text', Object.create(null), 'of no known kind'],
  ['a text', 'broken', 'broken'],
])('a call that ends with %s instead of an error rejects', async (_, reason, message) => {
  const { manager, connect, finish } = await openLab()
  manager.saveNetwork = () => Promise.reject(reason)
  const { mirror } = await connect({ allow: ['saveNetwork'] })
  await expect(finish(mirror.saveNetwork('b'))).rejects.toThrow(message)
})

describe('what a guest may do', () => {
  it('is nothing but to read, by default', async () => {
    const { manager, world, connect, finish } = await openLab()
    const shared = manager.createSession('a')
    await finish(shared.open())
    const { mirror } = await connect({ sessions: { shared } })
    const session = mirror.createSession('b')
    const uplink = mirror.sharedSessions.get('shared')
    const before = [...world.calls]
    await expect(finish(session.open())).rejects.toMatchObject({
      name: 'NetworkSessionError',
      code: 'operationNotSupported',
      reason: 'denied',
      message: "cannot open 'Café': the host does not allow it",
    })
    await expect(finish(uplink?.close() ?? Promise.resolve())).rejects.toMatchObject({ reason: 'denied' })
    await expect(finish(uplink?.stop() ?? Promise.resolve())).rejects.toMatchObject({ reason: 'denied' })
    await expect(finish(mirror.updateConfigurations())).rejects.toMatchObject({
      name: 'BackendError',
      code: 'ERR_DENIED',
    })
    await expect(finish(mirror.forgetNetwork('b'))).rejects.toMatchObject({ code: 'ERR_DENIED' })
    expect(await finish(uplink?.migrate() ?? Promise.resolve(true))).toBe(false)
    expect(world.calls).toEqual(before)
    expect(shared.isOpen).toBe(true)
  })

  it('is decided by a function, by action, configuration and session', async () => {
    const { manager, connect, finish } = await openLab()
    const shared = manager.createSession('a')
    const requests: string[] = []
    const allow = ({ action, configuration, shared: name }: GuestRequest) => {
      requests.push(`${action} ${configuration?.identifier ?? ''} ${name ?? 'own'}`)
      return action === 'open' && configuration?.identifier === 'b'
    }
    const { mirror } = await connect({ sessions: { shared }, allow })
    await finish(mirror.createSession('b').open())
    await expect(finish(mirror.createSession('c').open())).rejects.toMatchObject({ reason: 'denied' })
    await expect(finish(mirror.sharedSessions.get('shared')?.open() ?? Promise.resolve())).rejects.toThrow()
    await expect(finish(mirror.saveNetwork('c'))).rejects.toThrow()
    expect(requests).toEqual(['open b own', 'open c own', 'open a shared', 'saveNetwork c own'])
  })

  it('needs a permission of its own to say what happens to the link', async () => {
    const { connect, finish } = await openLab()
    const [one, other] = await Promise.all([
      connect({ allow: ['open'] }),
      connect({ allow: ['open', 'lastClose'] }),
    ])
    await expect(finish(one.mirror.createSession('b').open({ lastClose: 'leave' }))).rejects.toMatchObject({
      reason: 'denied',
    })
    await finish(other.mirror.createSession('b').open({ lastClose: 'leave' }))
  })

  it.each<readonly [string, unknown]>([
    ['returns a promise', Promise.resolve(true)],
    ['returns no boolean', 1],
  ])('is nothing if the function %s', async (_, answer) => {
    const { connect, finish } = await openLab()
    const { mirror } = await connect({ allow: () => answer as boolean })
    await expect(finish(mirror.createSession('b').open())).rejects.toMatchObject({ reason: 'denied' })
  })

  it('has every action in effect that the list has', async () => {
    const all: Partial<Record<GuestAction, true>> = {
      open: true,
      stop: true,
      report: true,
      holdOff: true,
      updateConfigurations: true,
    }
    const { connect, finish, world } = await openLab()
    const { mirror } = await connect({ allow: Object.keys(all) as GuestAction[] })
    const session = mirror.createSession('b')
    await finish(session.open())
    session.report('failed')
    session.holdOff(1000)
    await finish(mirror.updateConfigurations())
    await finish(session.stop())
    expect(world.calls.map(({ command }) => command)).toEqual(['activate', 'scan', 'deactivate'])
  })

  it('is still only what one guest may: guests do not share permissions', async () => {
    const { clock, host, finish } = await openLab()
    const mayOpen = await connectToHost(host({ allow: ['open'] }).port, { clock })
    const mayNot = await connectToHost(host().port, { clock })
    await finish(mayOpen.createSession('b').open())
    await expect(finish(mayNot.createSession('b').open())).rejects.toMatchObject({ reason: 'denied' })
  })
})

function kindOf(message: unknown): unknown {
  return (message as { readonly roamkit?: unknown } | null)?.roamkit
}

function sendIfPossible(port: MessagePort, message: unknown): void {
  try {
    port.postMessage(message)
  } catch {
    // Not everything that fast-check makes can be cloned; a guest cannot send that either.
    port.postMessage(null)
  }
}
