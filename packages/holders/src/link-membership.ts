import type { Ground, Posting } from './ground.js'
import { LinkAttendance } from './link-attendance.js'
import type { LocalMembers } from './local-members.js'
import { formatRecord, type HolderRecord, type Memory, NO_MEMORY, newer, parseRecord } from './record.js'

/** What can be seen of a link's holders. */
export interface View {
  /** How many other members there are: liars too. */
  readonly others: number
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

/** What all members of a process share. */
export interface Surroundings {
  readonly ground: Ground
  readonly identity: Identity
  readonly members: LocalMembers
  readonly log: (event: string, detail: object) => void
}

/** One member's part in one link: what it has posted there, and what it sees there. Nothing in here waits for others. */
export class LinkMembership {
  readonly key: string
  readonly attendance: LinkAttendance
  readonly #ground: Ground
  readonly #identity: Identity
  readonly #members: LocalMembers
  readonly #log: (event: string, detail: object) => void
  /** What is to be up. */
  #record: HolderRecord | null = null
  /** What is up. */
  #posted: string | null = null
  #takeDown: () => void = () => {}
  #isOver = false
  /** One change of the record after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(key: string, { ground, identity, members, log }: Surroundings) {
    this.key = key
    this.attendance = new LinkAttendance(ground, key, log)
    this.#ground = ground
    this.#identity = identity
    this.#members = members
    this.#log = log
  }

  /** What this member remembers by itself. */
  get memory(): Memory {
    const { version, owned } = this.#record ?? NO_MEMORY
    return { version, owned }
  }

  /** Whether others see it, and can count on it; nothing is missing of one that is no member. */
  get isComplete(): boolean {
    return this.#record === null || (this.attendance.isThere && this.#posted === formatRecord(this.#record))
  }

  /** How many other members there are in this process. */
  get localOthers(): number {
    const here = this.#members.of(this.key)
    return here.size - (here.has(this.#identity.member) ? 1 : 0)
  }

  /** What is to be seen now; `null` where that cannot be told. */
  view(): View | null {
    const postings = this.#ground.posted(this.key)
    if (postings === null) return null
    const here = this.#members.of(this.key)
    const elsewhere = new Set<string>()
    let { memory, isBehind } = this.#localView()
    const own = this.memory
    const records = new Map<Posting, HolderRecord>()
    for (const posting of postings) {
      if (posting.member === this.#identity.member) continue
      if (!here.has(posting.member)) elsewhere.add(posting.member)
      const record = parseRecord(posting.text)
      if (record === null) continue
      records.set(posting, record)
      isBehind ||= own.owned !== null && record.version < own.version
    }
    // What a member of this process remembers is known already, and nobody has to vouch for it.
    const isNews = ({ member }: Posting, { version }: HolderRecord) =>
      version >= memory.version && version > 0 && !here.has(member)
    const news = [...records].flatMap(([posting, record]) => (isNews(posting, record) ? [posting] : []))
    for (const posting of news.length > 0 ? this.#ground.vouched(this.key, news) : []) {
      const record = records.get(posting)
      if (record !== undefined) memory = newer(memory, record)
    }
    const { version, owned } = memory
    return { others: this.localOthers + elsewhere.size, memory: { version, owned }, isBehind }
  }

  /**
   * The same without a look at the machine, where another member of this process is enough to know: it holds the link, and has been
   * told what members elsewhere changed. So a process with many members does not look at all of them for each of their commands.
   */
  knownView(): View | null {
    return this.localOthers === 0 ? this.view() : this.#localView()
  }

  #localView(): View {
    const own = this.memory
    let memory = own
    let isBehind = false
    for (const [name, local] of this.#members.of(this.key)) {
      if (name === this.#identity.member) continue
      memory = newer(memory, local.memory)
      isBehind ||= own.owned !== null && local.memory.version < own.version
    }
    return { others: this.localOthers, memory, isBehind }
  }

  /** Joins with that memory; again to change it. What the system refuses is missing, and {@link mend} tries it again. */
  join(memory: Memory): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    this.#members.join(this.key, this.#identity.member, this)
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

  /** Tries what is missing once more. */
  async mend(): Promise<void> {
    if (this.isComplete) return
    if (!this.attendance.isThere) await this.attendance.attend()
    await this.#inTurn(async () => {
      if (this.#record !== null) await this.#post(this.memory)
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
    this.attendance.end()
  }

  #leave(): void {
    this.#record = null
    this.#posted = null
    this.#takeDown()
    this.#takeDown = () => {}
    this.attendance.leave()
    this.#members.leave(this.key, this.#identity.member)
  }

  async #post(memory: Memory): Promise<void> {
    const { pid, name, member } = this.#identity
    const record = { pid, name, since: this.#record?.since ?? Date.now(), ...memory }
    this.#record = record
    const text = formatRecord(record)
    if (this.#posted === text) return
    // Only who brought something up has to be believed. The new one is up before the old one goes: nobody sees us gone.
    const vouch = record.owned === null && record.version === 0 ? 'no' : 'yes'
    try {
      const takeDown = await this.#ground.post(this.key, member, text, { vouch })
      // It has ended while the system was asked.
      if (this.#record === null) return takeDown()
      const takeDownOld = this.#takeDown
      this.#posted = text
      this.#takeDown = takeDown
      takeDownOld()
    } catch (error) {
      this.#log('holders: others cannot see that this process holds the link', { key: this.key, error })
    }
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(run)
    this.#changes = turn.catch(() => undefined)
    return turn
  }
}
