import { observable, type SnapshotObservable } from '@roamkit/core'
import { Observable, type Subscriber, type TeardownLogic } from 'rxjs'

/** A session or a manager: something with a snapshot that is the same object until something in it changes. */
export interface Source<Snapshot> {
  getSnapshot(): Snapshot
  [observable](): SnapshotObservable<Snapshot>
}

/** What one kind of stream shows of a snapshot. */
export interface Slice<Snapshot, Value> {
  /** Names it: slices of one key show the same. */
  readonly key: string
  /** When it is told, among the slices of one change. */
  readonly order: Order
  /** The same value, by `===`, as long as it is no other. */
  read(snapshot: Snapshot): Value
}

/**
 * Facts first, then the state, so that whoever is told of a new state finds the facts that belong to it. Then what acts on
 * it: a source has left the old link before the gate lets anything through to the new one.
 */
export type Order = 'fact' | 'state' | 'link' | 'gate' | 'snapshot'

const ORDER: readonly Order[] = ['fact', 'state', 'link', 'gate', 'snapshot']

/** Those who are told of one slice, and what they were told last. */
interface Topic<Snapshot, Value> {
  readonly slice: Slice<Snapshot, Value>
  readonly subscribers: Set<Subscriber<Value>>
  value: Value
}

/** One for each source that is subscribed to, and no longer than that. */
const hubs = new WeakMap<object, SnapshotHub<unknown>>()

/**
 * All streams of one source: one subscription to it, and one snapshot that all of them show. The values of a change are
 * all read before the first subscriber is told, so that none of them ever shows two snapshots at once.
 */
class SnapshotHub<Snapshot> {
  readonly #source: Source<Snapshot>
  readonly #topics = new Map<Order, Map<string, Topic<Snapshot, unknown>>>(
    ORDER.map((order) => [order, new Map()]),
  )
  readonly #followers = new Set<Subscriber<never>>()
  #snapshot: Snapshot
  #users = 0
  #isEmitting = false
  #isOver = false
  #disconnect: (() => void) | null = null

  private constructor(source: Source<Snapshot>) {
    this.#source = source
    this.#snapshot = source.getSnapshot()
  }

  /** The hub of a source, which is forgotten when its last user has gone. */
  static of<Snapshot>(source: Source<Snapshot>): SnapshotHub<Snapshot> {
    const known = hubs.get(source) as SnapshotHub<Snapshot> | undefined
    if (known !== undefined) return known
    const hub = new SnapshotHub(source)
    hubs.set(source, hub as SnapshotHub<unknown>)
    return hub
  }

  /** Tells the slice now, and from now on whenever it is another one. */
  subscribe<Value>(slice: Slice<Snapshot, Value>, subscriber: Subscriber<Value>): TeardownLogic {
    const release = this.#use()
    const topic = this.#topic(slice)
    topic.subscribers.add(subscriber)
    subscriber.next(topic.value)
    if (this.#isOver) subscriber.complete()
    return () => {
      topic.subscribers.delete(subscriber)
      const topics = this.#topics.get(slice.order)
      if (topic.subscribers.size === 0 && topics?.get(slice.key) === topic) topics.delete(slice.key)
      release()
    }
  }

  /** Completes the subscriber when the manager is closed. */
  untilClosed(subscriber: Subscriber<never>): TeardownLogic {
    const release = this.#use()
    this.#followers.add(subscriber)
    if (this.#isOver) subscriber.complete()
    return () => {
      this.#followers.delete(subscriber)
      release()
    }
  }

  /** Brings every stream up to date with the source. */
  refresh(): void {
    if (!this.#isEmitting) this.#show(this.#source.getSnapshot())
  }

  #show(snapshot: Snapshot): void {
    if (snapshot === this.#snapshot) return
    this.#snapshot = snapshot
    const changes: (readonly [readonly Subscriber<unknown>[], unknown])[] = []
    for (const topics of this.#topics.values())
      for (const topic of topics.values()) {
        const value = topic.slice.read(snapshot)
        if (topic.value === value) continue
        topic.value = value
        // Whoever comes while this is told is told the new value at once.
        changes.push([[...topic.subscribers], value])
      }
    this.#isEmitting = true
    try {
      for (const [subscribers, value] of changes) for (const subscriber of subscribers) subscriber.next(value)
    } finally {
      this.#isEmitting = false
    }
  }

  #topic<Value>(slice: Slice<Snapshot, Value>): Topic<Snapshot, Value> {
    const topics = this.#topics.get(slice.order) as unknown as Map<string, Topic<Snapshot, Value>>
    const known = topics.get(slice.key)
    if (known !== undefined) return known
    const topic = { slice, subscribers: new Set<Subscriber<Value>>(), value: slice.read(this.#snapshot) }
    topics.set(slice.key, topic)
    return topic
  }

  /** Connects for the first user, and is up to date for each of them. */
  #use(): () => void {
    this.#users += 1
    if (this.#users === 1) this.#connect()
    else this.refresh()
    return () => {
      this.#users -= 1
      if (this.#users > 0) return
      this.#disconnect?.()
      this.#disconnect = null
      if (hubs.get(this.#source) === (this as SnapshotHub<unknown>)) hubs.delete(this.#source)
    }
  }

  #connect(): void {
    const subscription = this.#source[observable]().subscribe({
      next: () => this.refresh(),
      complete: () => this.#end(),
    })
    this.#disconnect = () => subscription.unsubscribe()
  }

  #end(): void {
    this.#isOver = true
    for (const topics of this.#topics.values())
      for (const { subscribers } of topics.values())
        for (const subscriber of [...subscribers]) subscriber.complete()
    for (const follower of [...this.#followers]) follower.complete()
  }
}

/** A state stream: the current value at once, then each that is another one, until the manager is closed. */
export function stateStream<Snapshot, Value>(
  source: Source<Snapshot>,
  slice: Slice<Snapshot, Value>,
): Observable<Value> {
  return new Observable((subscriber) => SnapshotHub.of(source).subscribe(slice, subscriber))
}

/** An event stream: what comes from now on, after the state streams of the same change, until the manager is closed. */
export function eventStream<Value>(
  source: Source<unknown>,
  listen: (emit: (value: Value) => void) => TeardownLogic,
): Observable<Value> {
  return new Observable((subscriber) => {
    const hub = SnapshotHub.of(source)
    subscriber.add(hub.untilClosed(subscriber as Subscriber<never>))
    if (subscriber.closed) return
    subscriber.add(
      listen((value) => {
        hub.refresh()
        subscriber.next(value)
      }),
    )
  })
}
