import type { Ground, Posting } from './ground.js'
import { type HolderRecord, type Memory, NO_MEMORY, newer, read, written } from './record.js'

/** What can be seen of a link's holders. */
export interface View {
  /** The other members, by name: liars too. */
  readonly others: ReadonlySet<string>
  /** What those who can be believed remember, ourselves included. */
  readonly memory: Memory
  /** Whether somebody who could remember what we do does not yet. */
  readonly isBehind: boolean
}

/** Who a member is, for all links. */
export interface Identity {
  /** 11 characters of base64url, nobody else's. */
  readonly member: string
  readonly pid: number
  readonly name: string
}

/** One member's part in one link: what it has posted there, and what it sees there. Nothing in here waits for others. */
export class LinkMembership {
  readonly key: string
  readonly #ground: Ground
  readonly #identity: Identity
  readonly #now: () => number
  #record: HolderRecord | null = null
  #takeDown: () => void = () => {}
  #isOver = false
  /** One change of the record after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(ground: Ground, key: string, identity: Identity, now: () => number) {
    this.#ground = ground
    this.key = key
    this.#identity = identity
    this.#now = now
  }

  /** What this member remembers by itself. */
  get memory(): Memory {
    const { version, owned } = this.#record ?? NO_MEMORY
    return { version, owned }
  }

  /** What is to be seen now; `null` where that cannot be told. */
  view(): View | null {
    const postings = this.#ground.posted(this.key)
    if (postings === null) return null
    const others = new Set<string>()
    let { memory } = this
    const own = memory
    let isBehind = false
    for (const { posting, record } of this.#strangers(postings)) {
      others.add(posting.member)
      isBehind ||= own.owned !== null && record !== null && record.version < own.version
      if (record !== null && record.version >= memory.version && this.#ground.vouched(this.key, posting))
        memory = newer(memory, record)
    }
    return { others, memory: { version: memory.version, owned: memory.owned }, isBehind }
  }

  /** Joins with that memory; again to change it. Rejects where the system does not let us. */
  join(memory: Memory): Promise<void> {
    return this.#inTurn(() => this.#post(memory))
  }

  /** Takes over what others remember and we do not, so that it outlives them. */
  async refresh(): Promise<void> {
    await this.#inTurn(async () => {
      const before = this.#record
      const memory = before && this.view()?.memory
      if (!before || !memory || (memory.version === before.version && memory.owned === before.owned)) return
      await this.#post(memory)
    })
  }

  /** Leaves; nothing happens where it was no member. */
  leave(): Promise<void> {
    return this.#inTurn(async () => this.#leave())
  }

  /** Leaves at once and for good, whatever is under way. */
  end(): void {
    this.#isOver = true
    this.#leave()
  }

  #leave(): void {
    this.#record = null
    this.#takeDown()
    this.#takeDown = () => {}
  }

  async #post(memory: Memory): Promise<void> {
    const { pid, name, member } = this.#identity
    const record = { pid, name, since: this.#record?.since ?? this.#now(), ...memory }
    if (this.#record !== null && written(this.#record) === written(record)) return
    // Only who brought something up has to be believed. The new one is up before the old one goes: nobody sees us gone.
    const vouch = record.owned === null && record.version === 0 ? 'no' : 'yes'
    const takeDown = await this.#ground.post(this.key, member, written(record), { vouch })
    if (this.#isOver) return takeDown()
    const takeDownOld = this.#takeDown
    this.#record = record
    this.#takeDown = takeDown
    takeDownOld()
  }

  /** The newest record of each other member. */
  #strangers(
    postings: readonly Posting[],
  ): { readonly posting: Posting; readonly record: HolderRecord | null }[] {
    return postings
      .filter(({ member }) => member !== this.#identity.member)
      .map((posting) => ({ posting, record: read(posting.text) }))
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(run)
    this.#changes = turn.catch(() => undefined)
    return turn
  }
}
