import { LinkAttendance } from './link-attendance.js'
import type { LocalMembers } from './local-members.js'
import { formatRecord, type HolderRecord, type Memory, NO_MEMORY, newer, parseRecord } from './record.js'
import type { Entry, Rendezvous } from './rendezvous.js'

/** What this member sees of a link's holders. */
export interface View {
  /** How many other members there are, including those that lie. */
  readonly others: number
  /** What the believable members remember, including this one. */
  readonly memory: Memory
  /** Whether some member that could remember what this one does has not heard of it yet. */
  readonly isBehind: boolean
}

/** Who a member is, for all links. */
export interface Identity {
  /** 11 characters of base64url, unique. */
  readonly member: string
  readonly pid: number
  readonly name: string
}

/** What all members of a process share. */
export interface Surroundings {
  readonly rendezvous: Rendezvous
  readonly identity: Identity
  readonly members: LocalMembers
  readonly log: (event: string, detail: object) => void
}

/** One member's part in one link: its own entry, and what it sees of the others. Nothing in here waits for others. */
export class LinkMembership {
  readonly key: string
  readonly attendance: LinkAttendance
  readonly #rendezvous: Rendezvous
  readonly #identity: Identity
  readonly #members: LocalMembers
  readonly #log: (event: string, detail: object) => void
  /** What the entry is to say. */
  #record: HolderRecord | null = null
  /** What the entry says. */
  #written: string | null = null
  #takeDown: () => void = () => {}
  #isOver = false
  /** Runs one change of the record after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(key: string, { rendezvous, identity, members, log }: Surroundings) {
    this.key = key
    this.attendance = new LinkAttendance(rendezvous, key, log)
    this.#rendezvous = rendezvous
    this.#identity = identity
    this.#members = members
    this.#log = log
  }

  /** What this member itself remembers. */
  get memory(): Memory {
    const { version, owned } = this.#record ?? NO_MEMORY
    return { version, owned }
  }

  /** Whether others can see and count this member; always `true` if it is not a member. */
  get isComplete(): boolean {
    return this.#record === null || (this.attendance.isThere && this.#written === formatRecord(this.#record))
  }

  /** How many other members there are in this process. */
  get localOthers(): number {
    const here = this.#members.of(this.key)
    return here.size - (here.has(this.#identity.member) ? 1 : 0)
  }

  /** What can be seen now; `null` if the entries cannot be read. */
  view(): View | null {
    const entries = this.#rendezvous.entries(this.key)
    if (entries === null) return null
    const here = this.#members.of(this.key)
    const elsewhere = new Set<string>()
    let { memory, isBehind } = this.#localView()
    const own = this.memory
    const records = new Map<Entry, HolderRecord>()
    for (const entry of entries) {
      if (entry.member === this.#identity.member) continue
      if (!here.has(entry.member)) elsewhere.add(entry.member)
      const record = parseRecord(entry.text)
      if (record === null) continue
      records.set(entry, record)
      isBehind ||= own.owned !== null && record.version < own.version
    }
    // What a member of this process remembers is known already, and needs no attestation.
    const isNews = ({ member }: Entry, { version }: HolderRecord) =>
      version >= memory.version && version > 0 && !here.has(member)
    const news = [...records].flatMap(([entry, record]) => (isNews(entry, record) ? [entry] : []))
    for (const entry of news.length > 0 ? this.#rendezvous.selectAttested(this.key, news) : []) {
      const record = records.get(entry)
      if (record !== undefined) memory = newer(memory, record)
    }
    const { version, owned } = memory
    return { others: this.localOthers + elsewhere.size, memory: { version, owned }, isBehind }
  }

  /**
   * Like {@link view}, but does not look at the machine if another member of this process exists: that one holds the link, and was
   * notified of what members elsewhere changed. So a process with many members does not look at all of them for each command.
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

  /** Joins with that memory; call it again to change the memory. {@link mend} retries what the system refuses. */
  join(memory: Memory): Promise<void> {
    if (this.#isOver) return Promise.resolve()
    this.#members.join(this.key, this.#identity.member, this)
    return this.#inTurn(() => this.#post(memory))
  }

  /** Adopts what others remember and this member does not, so that it outlives them. */
  async refresh(): Promise<void> {
    await this.#inTurn(async () => {
      const view = this.#record && this.view()
      if (view) await this.#post(view.memory)
    })
  }

  /** Retries what is missing. */
  async mend(): Promise<void> {
    if (this.isComplete) return
    if (!this.attendance.isThere) await this.attendance.attend()
    await this.#inTurn(async () => {
      if (this.#record !== null) await this.#post(this.memory)
    })
  }

  /** Leaves. No effect if it was not a member. */
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
    this.#written = null
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
    if (this.#written === text) return
    // Only a member that brought something up has to be believed. The new entry is up before the old one goes, so that the member never
    // disappears.
    const attest = record.version === 0 ? 'no' : 'yes'
    try {
      const takeDown = await this.#rendezvous.post(this.key, member, text, { attest })
      // The membership ended while the system was asked.
      if (this.#record === null) return takeDown()
      const takeDownOld = this.#takeDown
      this.#written = text
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
