import { observable, type SnapshotObservable } from '@roamkit/core'
import { Observable, type Subscriber, type TeardownLogic } from 'rxjs'

/** A session or a manager. Its snapshot is the same object until something in it changes. */
export interface Source<Snapshot> {
  getSnapshot(): Snapshot
  [observable](): SnapshotObservable<Snapshot>
}

/** The part of a snapshot that one kind of stream shows. */
export interface Slice<Snapshot, Value> {
  /** Identifies the slice: slices with the same key show the same part. */
  readonly key: string
  /** When it is emitted among the slices of one change. */
  readonly order: Order
  /** Returns the identical value (`===`) as long as it has not changed. */
  read(snapshot: Snapshot): Value
}

/**
 * Facts come first, then the state, so that a subscriber that gets a new state already has the facts that belong to it. Operators come
 * last: a source has left the old link before the gate passes values on to the new one.
 */
export type Order = 'fact' | 'state' | 'link' | 'gate' | 'snapshot'

const ORDER: readonly Order[] = ['fact', 'state', 'link', 'gate', 'snapshot']

/** The subscribers of one slice, and the last value that they got. */
interface Topic<Snapshot, Value> {
  readonly slice: Slice<Snapshot, Value>
  readonly subscribers: Set<Subscriber<Value>>
  value: Value
}

/** One hub for each source that has subscribers. */
const hubs = new WeakMap<object, SnapshotHub<unknown>>()

/**
 * Feeds all streams of one source from one subscription and one snapshot. It reads all values of a change before it emits the first one, so
 * that the streams never show two snapshots at once.
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

  /** The hub of a source. Removed when its last user has left. */
  static of<Snapshot>(source: Source<Snapshot>): SnapshotHub<Snapshot> {
    const known = hubs.get(source) as SnapshotHub<Snapshot> | undefined
    if (known !== undefined) return known
    const hub = new SnapshotHub(source)
    hubs.set(source, hub as SnapshotHub<unknown>)
    return hub
  }

  /** Emits the slice now, and again whenever it changes. */
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

  /** Emits nothing, and completes when the manager is closed. */
  untilClosed(subscriber: Subscriber<never>): TeardownLogic {
    const release = this.#use()
    this.#followers.add(subscriber)
    if (this.#isOver) subscriber.complete()
    return () => {
      this.#followers.delete(subscriber)
      release()
    }
  }

  /** Updates all streams from the source. */
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
        // A subscriber that arrives during the emission gets the new value at once.
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

  /** Connects for the first user, and refreshes for every further one. Returns the release. */
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

/** A state stream: emits the current value at once, then each new one, and completes when the manager is closed. */
export function stateStream<Snapshot, Value>(
  source: Source<Snapshot>,
  slice: Slice<Snapshot, Value>,
): Observable<Value> {
  return new Observable((subscriber) => SnapshotHub.of(source).subscribe(slice, subscriber))
}

/** An event stream: emits each event from now on, after the state streams of the same change. Completes when the manager is closed. */
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
