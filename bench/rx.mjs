// What a state stream costs over core's own events, beside what people know: a plain Subject, an EventEmitter.
//   node bench/rx.mjs [--rounds 15 --events 20000]
import { EventEmitter } from 'node:events'
import { parseArgs } from 'node:util'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager, observable } from '@roamkit/core'
import { Emitter } from '@roamkit/core/backend-kit'
import { connected$, interface$, isOpen$, snapshot$, state$ } from '@roamkit/rx'
import { BehaviorSubject, distinctUntilChanged, map, Subject } from 'rxjs'
import { compare } from './compare.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, events: { type: 'string', default: '20000' } },
})
const options = { rounds: Number(values.rounds), events: Number(values.events), group: 'Emission' }

/** What every subscriber does: so little that nothing else is measured, and something that cannot be left out. */
let told = 0
const tell = () => {
  told += 1
}

/** A real session, on a link of the mock that goes and comes: everything from the backend's poke on. */
async function openSession() {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }] })
  const manager = await NetworkConfigurationManager.open(driver, { clock: new VirtualClock() })
  const session = manager.createSession('a')
  let isUp = true
  return {
    session,
    close: () => manager.close(),
    async change() {
      isUp = !isUp
      if (isUp) driver.world.up('a')
      else driver.world.down('a')
      const before = told
      while (told === before) await null
    },
  }
}

/** A real session that is listened to in that way. @param {(session: import('@roamkit/core').NetworkSession) => () => void} listen */
const real = (listen) => async () => {
  const { session, change, close } = await openSession()
  const undo = listen(session)
  return {
    async run(/** @type {number} */ events) {
      for (let event = 0; event < events; event += 1) await change()
    },
    async end() {
      undo()
      await close()
    },
  }
}

/** A snapshot source and nothing else: what is measured is the way to the subscriber. */
function pureSource() {
  const snapshots = ['connected', 'disconnected'].map((state) => ({
    state,
    isOpen: true,
    interface: null,
    activeConfiguration: 'a',
  }))
  let at = 0
  /** @type {Set<() => void>} */
  const subscribers = new Set()
  return {
    open() {},
    getSnapshot: () => snapshots[at],
    [observable]: () => ({
      subscribe(/** @type {any} */ observer) {
        const look = () => observer.next(snapshots[at])
        subscribers.add(look)
        return { unsubscribe: () => subscribers.delete(look) }
      },
    }),
    change() {
      at = 1 - at
      for (const subscriber of subscribers) subscriber()
    },
  }
}

/** @param {(source: any) => import('rxjs').Subscription[]} subscribe */
const pure = (subscribe) => async () => {
  const source = pureSource()
  const subscriptions = subscribe(source)
  return {
    async run(/** @type {number} */ events) {
      for (let event = 0; event < events; event += 1) source.change()
    },
    async end() {
      for (const subscription of subscriptions) subscription.unsubscribe()
    },
  }
}

/** @param {(value: string) => void} emit */
const plain = (emit) => async () => ({
  async run(/** @type {number} */ events) {
    for (let event = 0; event < events; event += 1) emit(event % 2 === 0 ? 'connected' : 'disconnected')
  },
  async end() {},
})

const subject = new Subject()
subject.subscribe(tell)
const behavior = new BehaviorSubject({ state: '' })
behavior
  .pipe(
    map(({ state }) => state),
    distinctUntilChanged(),
  )
  .subscribe(tell)
const eventEmitter = new EventEmitter().on('state', tell)
const listeners = [tell]
const emitter = /** @type {Emitter<{ state: readonly [string] }>} */ (new Emitter())
emitter.on('state', tell)

await compare('a change of a real session, from the backend to one subscriber', {
  ...options,
  events: Math.max(1, Math.round(options.events / 10)),
  ours: { "core's subscribe": ["core's on('stateChanged')"], state$: ["core's on('stateChanged')"] },
  contestants: {
    "core's on('stateChanged')": real((session) => session.on('stateChanged', tell)),
    "core's subscribe": real((session) => session.subscribe(tell)),
    state$: real((session) => unsubscribe(state$(session).subscribe(tell))),
    snapshot$: real((session) => unsubscribe(snapshot$(session).subscribe(tell))),
  },
})

await compare('the way to the subscriber alone', {
  ...options,
  ours: {
    "core's Emitter": ['an array of listeners', 'EventEmitter.emit', 'Subject.next'],
    state$: ['Subject.next', 'BehaviorSubject, map, distinctUntilChanged'],
  },
  contestants: {
    'an array of listeners': plain(() => {
      for (const listener of listeners) listener()
    }),
    'EventEmitter.emit': plain((value) => eventEmitter.emit('state', value)),
    "core's Emitter": plain((value) => emitter.emit('state', value)),
    'Subject.next': plain((value) => subject.next(value)),
    'BehaviorSubject, map, distinctUntilChanged': plain((state) => behavior.next({ state })),
    state$: pure((source) => [state$(source).subscribe(tell)]),
    'state$ beside four streams': pure((source) =>
      [state$, isOpen$, interface$, connected$, snapshot$].map((stream) =>
        /** @type {import('rxjs').Observable<unknown>} */ (stream(source)).subscribe(tell),
      ),
    ),
    'state$, 100 subscribers': pure((source) =>
      Array.from({ length: 100 }, () => state$(source).subscribe(tell)),
    ),
  },
})

if (told === 0) throw new Error('nobody was told of anything')

/** @param {import('rxjs').Subscription} subscription */
function unsubscribe(subscription) {
  return () => subscription.unsubscribe()
}
