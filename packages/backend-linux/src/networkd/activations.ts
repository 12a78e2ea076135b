import { activationNames, type Ended, type LinkPhase, type Reason } from '@roamkit/core/contract'

/** Why an activation ended, and networkd's word for it. */
export interface End {
  readonly reason: Reason
  readonly native: string | null
}

/** The time in which a link carries without interruption, as the kernel counts them; `null` if its count cannot be read. */
export type CarrierPeriod = { readonly index: number; readonly count: number } | null

/** What a link does now. */
export interface Observed {
  readonly phase: LinkPhase
  /** Whether the link layer carries frames. */
  readonly carries: boolean
  /** The current one, or the last one. */
  readonly period: CarrierPeriod
}

/** A link that networkd manages, as far as its activations go. */
export interface LinkHistory {
  readonly phase: LinkPhase
  /** `null` while the link is down. */
  readonly activation: string | null
  readonly ended: Ended | null
  /** This backend has asked networkd to bring the link up, and the link does not carry yet. */
  readonly isAwaited: boolean
  /** What the link did when it was last read. */
  readonly observed: Observed
}

const DOWN: Observed = { phase: 'down', carries: false, period: null }
const UNSEEN: LinkHistory = { phase: 'down', activation: null, ended: null, isAwaited: false, observed: DOWN }

/**
 * Names the activations of links, and remembers how each ended. networkd has no names for them. The kernel counts how often an interface got a carrier, so
 * an activation lasts as long as the carrier, and every process gives it the same name. Outlives networkd: a link that stays up while networkd
 * restarts keeps its activation (rule H1).
 */
export class Activations {
  readonly #boot: string
  readonly #fresh = activationNames()
  readonly #links = new Map<string, LinkHistory>()
  /** The last name of each link that came from the kernel's count. */
  readonly #used = new Map<string, string>()

  /** @param boot distinguishes this start of the machine from every other, because the kernel counts from 0 again */
  constructor(boot: string) {
    this.#boot = boot
  }

  /** Whether networkd manages the link, or did when it last said so. */
  isKnown(name: string): boolean {
    return this.#links.has(name)
  }

  /** What is known of a link. */
  of(name: string): LinkHistory {
    return this.#links.get(name) ?? UNSEEN
  }

  /** Forgets a link that is gone, or that networkd no longer manages. */
  forget(name: string): void {
    this.#links.delete(name)
  }

  /** Forgets all links but these. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#links.keys()) if (!names.has(name)) this.forget(name)
  }

  /**
   * Takes what a link does now.
   *
   * @param why what has ended its activation, if that has ended
   */
  observe(name: string, observed: Observed, why: End): LinkHistory {
    const before = this.of(name)
    const isAwaited = before.isAwaited && !observed.carries
    const phase = isAwaited && observed.phase === 'down' ? 'activating' : observed.phase
    const hasEnded = before.activation !== null && phase === 'down'
    const history: LinkHistory = {
      phase,
      activation: phase === 'down' ? null : (before.activation ?? this.#name(name, observed.period)),
      ended: hasEnded ? { activation: before.activation, ...why } : before.ended,
      isAwaited,
      observed,
    }
    this.#links.set(name, history)
    return history
  }

  /** Ends the activation of a link, whatever the link does next. */
  end(name: string, why: End): void {
    const before = this.of(name)
    const { activation } = before
    if (activation === null) return
    const ended = { activation, ...why }
    this.#links.set(name, { ...before, phase: 'down', activation: null, ended, isAwaited: false })
  }

  /** networkd is gone, and with it the requests that it has accepted (rule S14). */
  stopAwaiting(): void {
    for (const [name, { isAwaited }] of this.#links)
      if (isAwaited) this.end(name, { reason: 'serviceLost', native: null })
  }

  /** networkd has accepted a request to bring a link up. Returns the activation: a fresh one, unless the link is on its way up already. */
  begin(name: string): string {
    const before = this.of(name)
    if (before.activation !== null) return before.activation
    const { carries, period } = before.observed
    const next = period !== null && !carries ? { ...period, count: period.count + 1 } : period
    const activation = this.#name(name, next)
    this.#links.set(name, { ...before, phase: 'activating', activation, isAwaited: !carries })
    return activation
  }

  /** Some virtual interfaces go down and up without a change of their carrier: such an activation has a name of this process alone. */
  #name(name: string, period: CarrierPeriod): string {
    const counted = period === null ? null : `${name}#${this.#boot}.${period.index}.${period.count}`
    if (counted === null || this.#used.get(name) === counted) return this.#fresh.fresh(name)
    this.#used.set(name, counted)
    return counted
  }
}
