import { byOrder, type NetworkSession, type SessionLike } from '@roamkit/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { connectToHost, type GuestAction } from '../src/index.js'
import { type Lab, openLab } from './lab.js'

const LINKS = ['a', 'b', 'x', 'y'] as const
const WORLD = [
  { id: 'a', bearer: 'ethernet', link: 'up' },
  { id: 'b', bearer: 'lte' },
  { id: 'x', device: 'wlan0', bearer: 'wlan', signal: 30 },
  { id: 'y', device: 'wlan0', bearer: 'wlan', signal: 70 },
] as const
const TARGETS = ['a', 'y', 'net', 'nothing'] as const
const CALLS = [
  'open',
  'openKept',
  'close',
  'stop',
  'migrate',
  'ignore',
  'accept',
  'reject',
  'consult',
] as const
const CONTROLS = [
  'up',
  'down',
  'range',
  'carrier',
  'signal',
  'portal',
  'addresses',
  'add',
  'remove',
  'fail',
  'lose',
  'restore',
  'define',
  'undefine',
] as const
const ALLOW: readonly GuestAction[] = [
  'open',
  'close',
  'stop',
  'consult',
  'migrate',
  'ignore',
  'accept',
  'reject',
]

const action = fc.record({
  what: fc.constantFrom(...CALLS, ...CALLS, ...CONTROLS, 'wait', 'waitLong', 'hold'),
  which: fc.nat({ max: 11 }),
  much: fc.nat({ max: 100 }),
})
/** What is in one list happens in one tick. */
const script = fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 20 })
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

/** Compares what a session says with what it has told. */
class Listener {
  readonly wrong: string[] = []
  #state: string
  #isOpen: boolean
  #active: string
  #snapshot: unknown
  #isTold = false

  constructor(readonly session: SessionLike) {
    this.#state = session.state
    this.#isOpen = session.isOpen
    this.#active = session.activeConfiguration
    this.#snapshot = session.getSnapshot()
    session.on('stateChanged', (state) => {
      if (state === this.#state || state !== session.state)
        this.wrong.push(`told ${state} after ${this.#state}`)
      this.#state = state
    })
    session.on('opened', () => this.#opened(true))
    session.on('closed', () => this.#opened(false))
    session.on('activeConfigurationChanged', (identifier) => {
      if (identifier === this.#active) this.wrong.push(`told ${identifier} twice`)
      this.#active = identifier
    })
    session.subscribe(() => {
      this.#isTold = true
    })
  }

  check(): void {
    const { session } = this
    const snapshot = session.getSnapshot()
    if (session.state !== this.#state) this.wrong.push(`told ${this.#state}, is ${session.state}`)
    if (session.activeConfiguration !== this.#active)
      this.wrong.push(`told ${this.#active}, uses ${session.activeConfiguration}`)
    if (session.isOpen !== this.#isOpen) this.wrong.push(`told open ${this.#isOpen}`)
    if ((snapshot !== this.#snapshot) !== this.#isTold)
      this.wrong.push('notified without a change, or not notified')
    this.#snapshot = snapshot
    this.#isTold = false
    expect(this.wrong).toEqual([])
  }

  #opened(isOpen: boolean): void {
    if (isOpen === this.#isOpen || isOpen !== this.session.isOpen)
      this.wrong.push(`told open ${isOpen} wrongly`)
    this.#isOpen = isOpen
  }
}

function control({ world, manager }: Lab, { what, which, much }: Action): void {
  const id = LINKS[which % LINKS.length] ?? 'a'
  const on = much % 2 === 0
  const change: Partial<Record<Action['what'], () => void>> = {
    up: () => world.up(id),
    down: () => world.down(id, 'carrierLost'),
    range: () => world.setInRange(id, on),
    carrier: () => world.carrier(id, on),
    signal: () => world.set(id, { signal: much }),
    portal: () => world.set(id, { connectivity: on ? 'portal' : 'full' }),
    addresses: () => world.set(id, { metered: { value: on, sure: true } }),
    add: () => world.add({ id, bearer: 'wlan' }),
    remove: () => world.remove(id),
    fail: () => world.failNext(id, 'addressFailed'),
    lose: () => world.loseService(),
    restore: () => world.restoreService(),
    define: () =>
      void manager.defineServiceNetwork({ identifier: 'net', members: LINKS, ranking: [byOrder(LINKS)] }),
    undefine: () => void manager.removeServiceNetwork('net'),
  }
  try {
    change[what]?.()
  } catch (error) {
    // What makes no sense at the moment does not happen.
    if (!/^mock:|is taken/.test((error as Error).message)) throw error
  }
}

it('a mirror equals its manager after every change, and tells of it as a session does', {
  timeout: 120_000,
}, async () => {
  const runs = Number(process.env.ROAMKIT_RUNS ?? 120)
  await fc.assert(
    fc.asyncProperty(script, async (ticks) => {
      const lab = await openLab(WORLD, { closes: 'byItself' })
      try {
        await run(lab, ticks)
      } finally {
        await lab.close()
      }
    }),
    { numRuns: runs },
  )
})

/** Has a guest that is slow to say what it has received, so that changes add up in the host. */
function holdReceipts(port: MessagePort) {
  const post = port.postMessage.bind(port)
  let held: unknown[] | null = null
  port.postMessage = (message: { readonly roamkit: string }) => {
    if (held !== null && message.roamkit === 'received') held.push(message)
    else post(message)
  }
  return {
    hold: () => {
      held ??= []
    },
    send: () => {
      for (const message of held ?? []) post(message)
      held = null
    },
  }
}

async function run(lab: Lab, ticks: readonly (readonly Action[])[]): Promise<void> {
  const { manager, host, settle, advance, clock } = lab
  manager.defineServiceNetwork({ identifier: 'net', members: LINKS, ranking: [byOrder(LINKS)] })
  const shared = manager.createSession('net')
  const hosts: NetworkSession[] = []
  const create = manager.createSession.bind(manager)
  manager.createSession = (...words) => {
    const session = create(...words)
    hosts.push(session)
    return session
  }
  const { port } = host({ sessions: { shared }, allow: ALLOW })
  const receipts = holdReceipts(port)
  const mirror = await connectToHost(port, { clock })
  const own = TARGETS.map((target) => mirror.createSession(target))
  const pairs: [SessionLike, NetworkSession][] = []
  const guests = [mirror.sharedSessions.get('shared') as SessionLike, ...own]
  const listeners = guests.map((session) => new Listener(session))
  const consulting: (() => void)[] = []
  await settle()
  for (const [index, session] of guests.entries())
    pairs.push([session, [shared, ...hosts][index] as NetworkSession])
  for (const tick of ticks) {
    for (const one of tick) {
      const session = guests[one.which % guests.length] as SessionLike
      if (one.what === 'wait') await advance(one.much * 10)
      else if (one.what === 'waitLong') await advance(70_000)
      else if (one.what === 'hold') receipts.hold()
      else if (one.what === 'consult') {
        const undo = consulting.pop()
        if (undo === undefined) consulting.push(session.on('preferredConfigurationChanged', () => {}))
        else undo()
      } else if (one.what === 'openKept') void session.open({ keepOpen: true })
      else if (one.what === 'open') void session.open()
      else if (one.what === 'close' || one.what === 'stop') session[one.what]().catch(() => undefined)
      else if (['migrate', 'ignore', 'accept', 'reject'].includes(one.what))
        void session[one.what as 'migrate']()
      else control(lab, one)
    }
    await settle()
    receipts.send()
    await settle()
    await clock.flush()
    await settle()
    expect(mirror.getSnapshot()).toEqual(manager.getSnapshot())
    for (const [guest, host] of pairs) expect(guest.getSnapshot()).toEqual(host.getSnapshot())
    for (const listener of listeners) listener.check()
  }
}
