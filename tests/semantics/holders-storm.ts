import { setTimeout as pause } from 'node:timers/promises'
import type { RandomNumbers } from '../linux/storm-random.js'
import type { FamilyMember } from './holders-family.js'

/** What a storm needs of the world that it goes on in. */
export interface StormGround {
  readonly links: readonly string[]
  /** What the system itself tells of a link. */
  link(id: string): Promise<string> | string
  /** The system takes the link down that it was left with (rule H3). */
  down(id: string): Promise<void>
  /** Another process, for one that was killed. */
  start(name: string): Promise<FamilyMember>
}

/** How it is with one process and one link. */
interface Hold {
  state: 'closed' | 'opening' | 'open' | 'closing'
  /** When it was told to open it. */
  since: number
}

/** What a storm came to. */
export interface StormReport {
  readonly orders: Readonly<Record<string, number>>
  readonly opened: number
  readonly kills: number
  readonly calms: number
  /** How often a link was left up because its last holder was killed. */
  readonly leftUp: number
}

/** Processes that open, close, stop and are killed at random, and what must hold of the links meanwhile. */
export class HolderStorm {
  readonly violations: string[] = []
  readonly #ground: StormGround
  readonly #random: RandomNumbers
  readonly #members: FamilyMember[] = []
  readonly #holds = new Map<string, Map<string, Hold>>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #stops = new Map<string, { running: number; last: number }>()
  /** Links that perhaps nobody remembers having brought up, until the next calm: what a killed process has asked for may come late. */
  readonly #orphans = new Set<string>()
  /** Links that a killed process was closing, until the next calm: the system may do late what it asked for. */
  readonly #lateRequests = new Set<string>()
  readonly #orders: Record<string, number> = {}
  readonly #log: string[] = []
  #time = 0
  #opened = 0
  #kills = 0
  #calms = 0
  #leftUp = 0
  #started = 0

  constructor(ground: StormGround, random: RandomNumbers) {
    this.#ground = ground
    this.#random = random
  }

  /** Whether anybody is known to hold that link, and nobody has stopped it since. */
  holdersOf(id: string): readonly string[] {
    return this.#members
      .filter((member) => {
        const { state, since } = this.#hold(member, id)
        return member.isAlive && state === 'open' && !this.#wasStopped(id, since)
      })
      .map(({ name }) => name)
  }

  /** What must not be, with what was before it; of one link only where it is about one. */
  violate(what: string, id = ''): void {
    const before = this.#log.filter((line) => line.includes(` ${id}`) || line.includes('killed'))
    this.violations.push(`${what}\n  ${before.slice(-60).join('\n  ')}`)
  }

  /** Runs that many rounds with that many processes, and comes to a calm every now and then and at the end. */
  async run({
    rounds,
    members,
    kills,
  }: {
    rounds: number
    members: number
    kills: number
  }): Promise<StormReport> {
    await Promise.all(Array.from({ length: members }, () => this.#add()))
    const killEvery = Math.ceil(rounds / kills)
    for (let round = 1; round <= rounds && this.violations.length === 0; round += 1) {
      const member = this.#random.pick(this.#members)
      if (round % killEvery === 0) {
        const killing = this.#kill(member)
        this.#track(killing)
        // While one is replaced the others go on; there are always some.
        if (this.#members.length < members / 2) await killing
      } else this.#order(member)
      if (round % 100 === 0) await this.#calm()
      else if (this.#random.integer(3) === 0) await pause(this.#random.integer(8))
    }
    await this.#calm()
    await Promise.all(this.#members.map((member) => member.leave()))
    const { orders, opened, kills: killed, calms, leftUp } = this.#report
    return { orders, opened, kills: killed, calms, leftUp }
  }

  get #report() {
    return {
      orders: this.#orders,
      opened: this.#opened,
      kills: this.#kills,
      calms: this.#calms,
      leftUp: this.#leftUp,
    }
  }

  #order(member: FamilyMember): void {
    if (!member.isAlive) return
    const id = this.#random.pick(this.#ground.links)
    const { state } = this.#hold(member, id)
    const dice = this.#random.integer(20)
    if (dice === 0) this.#track(this.#stop(member, id))
    else if (state === 'closed') this.#track(this.#open(member, id))
    else if (state === 'open' || dice < 4) this.#track(this.#close(member, id))
  }

  async #open(member: FamilyMember, id: string): Promise<void> {
    const hold = this.#hold(member, id)
    hold.state = 'opening'
    hold.since = this.#ordered('open', `${member.name} opens ${id}`)
    const { since } = hold
    const { outcome } = await member.order('open', id)
    this.#tick(`${member.name} open ${id}: ${outcome}`)
    if (outcome === 'resolved') this.#opened += 1
    if (outcome === 'killed' || hold.state !== 'opening' || hold.since !== since) return
    if (outcome === 'resolved') hold.state = 'open'
    else {
      hold.state = 'closed'
      if (!this.#wasStopped(id, since) && !this.#mayBeLate(id, outcome))
        this.violate(`${member.name} could not open ${id}: ${outcome}`)
    }
  }

  async #close(member: FamilyMember, id: string): Promise<void> {
    const hold = this.#hold(member, id)
    hold.state = 'closing'
    this.#ordered('close', `${member.name} closes ${id}`)
    const { outcome } = await member.order('close', id)
    this.#tick(`${member.name} close ${id}: ${outcome}`)
    if (hold.state === 'closing') hold.state = 'closed'
    if (outcome !== 'resolved' && outcome !== 'killed')
      this.violate(`${member.name} could not close ${id}: ${outcome}`)
  }

  async #stop(member: FamilyMember, id: string): Promise<void> {
    const hold = this.#hold(member, id)
    const stops = this.#stops.get(id) ?? { running: 0, last: 0 }
    this.#stops.set(id, stops)
    stops.running += 1
    this.#ordered('stop', `${member.name} stops ${id}`)
    hold.state = 'closing'
    const { outcome } = await member.order('stop', id)
    stops.last = this.#tick(`${member.name} stop ${id}: ${outcome}`)
    stops.running -= 1
    if (hold.state === 'closing') hold.state = 'closed'
  }

  async #kill(member: FamilyMember): Promise<void> {
    this.#kills += 1
    for (const id of this.#ground.links) {
      const { state } = this.#hold(member, id)
      const isIn = state !== 'closed'
      if (state === 'closing') this.#lateRequests.add(id)
      // Who is known to hold it remembers whose it is; without one the memory may have died.
      if (isIn && this.holdersOf(id).every((name) => name === member.name)) this.#orphans.add(id)
    }
    this.#tick(`${member.name} is killed`)
    for (const hold of this.#holds.get(member.name)?.values() ?? []) hold.state = 'closed'
    this.#members.splice(this.#members.indexOf(member), 1)
    await member.kill()
    await this.#add()
  }

  /** Everybody closes; then a link is down, or is the system's because who brought it up was killed. */
  async #calm(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
    for (const member of this.#members)
      for (const id of this.#ground.links) this.#track(this.#close(member, id))
    while (this.#running.size > 0) await Promise.all(this.#running)
    this.#calms += 1
    for (const id of this.#ground.links) {
      const link = await this.#ground.link(id)
      if (link === 'down') continue
      if (!this.#orphans.has(id)) this.violate(`nobody holds ${id}, and it is ${link}`, id)
      this.#leftUp += 1
      this.#tick(`the system takes ${id} down`)
      await this.#ground.down(id)
      this.#tick(`the system has taken ${id} down`)
    }
    this.#orphans.clear()
    this.#lateRequests.clear()
  }

  async #add(): Promise<void> {
    this.#started += 1
    const member = await this.#ground.start(`process ${this.#started}`)
    member.told = (event) => this.#told(member, event)
    this.#members.push(member)
  }

  #told(
    member: FamilyMember,
    event: { readonly type: string; readonly id: string; readonly reason?: string; readonly facts?: string },
  ) {
    const { type, id, reason = '', facts = '' } = event
    const hold = this.#hold(member, id)
    this.#tick(`${member.name} ${type} ${id} ${reason} ${facts}`)
    if (type !== 'error' || !member.isAlive) return
    if (hold.state === 'open') {
      hold.state = 'closed'
      if (!this.#wasStopped(id, hold.since) && !this.#mayBeLate(id, reason))
        this.violate(`${member.name} held ${id}, and lost it: ${reason}`, id)
    }
  }

  /** Whether anybody stopped the link at that time or later. */
  #wasStopped(id: string, since: number): boolean {
    const stops = this.#stops.get(id)
    return stops !== undefined && (stops.running > 0 || stops.last > since)
  }

  /** Whether a process that was killed may have asked for it. One request takes a link from all that hold it or open it at that time. */
  #mayBeLate(id: string, why: string): boolean {
    return why.includes('requested') && this.#lateRequests.has(id)
  }

  #hold({ name }: FamilyMember, id: string): Hold {
    const links = this.#holds.get(name) ?? new Map<string, Hold>()
    this.#holds.set(name, links)
    const hold = links.get(id) ?? { state: 'closed', since: 0 }
    links.set(id, hold)
    return hold
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.violate(String(error)))
      .finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
  }

  #ordered(verb: string, what: string): number {
    this.#orders[verb] = (this.#orders[verb] ?? 0) + 1
    return this.#tick(what)
  }

  #tick(what: string): number {
    this.#time += 1
    this.#log.push(`${performance.now().toFixed(1)} ${what}`)
    return this.#time
  }
}
