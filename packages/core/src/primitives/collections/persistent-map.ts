interface Change<K, V> {
  readonly key: K
  readonly had: boolean
  readonly value: V | undefined
  readonly newer: PersistentMap<K, V>
}

/**
 * A map that never changes: `with` and `without` return another one, in constant time for any number of entries. The newest map has the
 * entries. An older one has only the changes since then, and reading it is slower.
 */
export class PersistentMap<K, V> {
  #entries: Map<K, V> | null
  #change: Change<K, V> | null = null

  constructor(entries: Iterable<readonly [K, V]> = []) {
    this.#entries = new Map(entries)
  }

  get size(): number {
    return this.#map().size
  }

  has(key: K): boolean {
    return this.#map().has(key)
  }

  get(key: K): V | undefined {
    return this.#map().get(key)
  }

  with(key: K, value: V): PersistentMap<K, V> {
    const map = this.#map()
    if (map.has(key) && map.get(key) === value) return this
    const next = this.#next(key)
    map.set(key, value)
    return next
  }

  without(key: K): PersistentMap<K, V> {
    const map = this.#map()
    if (!map.has(key)) return this
    const next = this.#next(key)
    map.delete(key)
    return next
  }

  /** As they are now, also while others are made of it. */
  keys(): readonly K[] {
    return [...this.#map().keys()]
  }

  values(): readonly V[] {
    return [...this.#map().values()]
  }

  [Symbol.iterator](): Iterator<readonly [K, V]> {
    return [...this.#map()][Symbol.iterator]()
  }

  #next(key: K): PersistentMap<K, V> {
    const map = this.#map()
    const next = new PersistentMap<K, V>()
    next.#entries = map
    this.#entries = null
    this.#change = { key, had: map.has(key), value: map.get(key), newer: next }
    return next
  }

  /** Its entries; those of an older one are copied from the newest, which keeps its own. */
  #map(): Map<K, V> {
    if (this.#entries !== null) return this.#entries
    const changes: Change<K, V>[] = []
    let newest: PersistentMap<K, V> = this
    while (newest.#change !== null) {
      changes.push(newest.#change)
      newest = newest.#change.newer
    }
    const copy = new Map(newest.#entries)
    for (const { key, had, value } of changes.reverse()) {
      if (had) copy.set(key, value as V)
      else copy.delete(key)
    }
    this.#entries = copy
    this.#change = null
    return copy
  }
}
