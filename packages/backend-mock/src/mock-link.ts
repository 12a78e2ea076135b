import type {
  BackendError,
  Clock,
  LinkConfiguration,
  Permission,
  Reason,
  Traffic,
} from '@roamkit/core/contract'
import {
  downConfiguration,
  type MockConfiguration,
  notUp,
  type WhileUp,
  whileUp,
} from './mock-configuration.js'
import { MockSecret } from './mock-secret.js'
import { freezeCopy, sameData } from './plain-data.js'

/** What goes wrong the next time. Each fault happens once; `null` and `false` mean none. */
export interface Faults {
  /** A reason: the activation is accepted, then fails. An error: it is not accepted. */
  activation: Reason | BackendError | null
  activationStalls: boolean
  answerStalls: boolean
  deactivation: BackendError | null
  deactivationStalls: boolean
  /** The next `save` or `forget` is refused. */
  storing: BackendError | null
}

/** One link: its facts, its phase, and the timer that ends the phase. Knows nothing about other links. */
export class MockLink {
  readonly faults: Faults = {
    activation: null,
    activationStalls: false,
    answerStalls: false,
    deactivation: null,
    deactivationStalls: false,
    storing: null,
  }
  /** Byte counters, as scripted. */
  traffic: Traffic = Object.freeze({ received: 0, written: 0 })
  /** What an activation needs to come up. */
  readonly secret: MockSecret
  readonly #onChange: () => void
  #configuration: LinkConfiguration
  #whileUp: Partial<WhileUp>
  /** The value of `activate` in range. */
  #activate: Permission
  #isHidden: boolean
  #cancel = () => {}

  /** @param onChange called on every change of `configuration` */
  constructor(script: MockConfiguration, onChange: () => void) {
    this.#onChange = onChange
    const configuration = downConfiguration(script)
    this.#activate = configuration.activate
    this.#isHidden = script.activate === 'yes' && configuration.inRange === false
    this.#configuration = Object.freeze({ ...configuration, activate: this.#permission(configuration) })
    this.#whileUp = pick(script, isWhileUp)
    this.secret = new MockSecret(script.secret ?? null, configuration.saved)
  }

  /** The current facts. A new object whenever one of them changes. */
  get configuration(): LinkConfiguration {
    return this.#configuration
  }

  /** Changes facts. Those that apply only while the link is up are kept until it is. */
  set(facts: Partial<LinkConfiguration>): void {
    this.#whileUp = { ...this.#whileUp, ...pick(facts, isWhileUp) }
    const shown = this.#configuration.link === 'up' ? facts : pick(facts, (key) => !isWhileUp(key))
    const next = { ...this.#configuration, ...pick(shown, () => true) }
    if (facts.activate !== undefined) {
      this.#activate = facts.activate
      this.#isHidden = facts.activate === 'yes' && next.inRange === false
    }
    this.#change({ ...shown, activate: this.#permission(next) })
  }

  /** Starts an activation. Ends the current one, if there is one. */
  beginActivation(activation: string): void {
    this.interrupt('deviceTaken')
    this.#change({ link: 'activating', activation })
  }

  /** Completes the activation in progress: the link is up. */
  complete(): void {
    this.#cancel()
    const { id, device, inRange } = this.#configuration
    // A hidden network that came up is in range, whatever the last scan found.
    const found = inRange === false ? true : inRange
    const activate = this.#permission({ ...this.#configuration, inRange: found })
    this.#change({ ...whileUp(this.#whileUp, id, device), link: 'up', inRange: found, activate })
  }

  /** Changes the carrier while the link stays up. */
  setCarrier(carrier: boolean): void {
    this.#change({ carrier })
  }

  /** Starts the deactivation. */
  beginDeactivation(): void {
    this.#cancel()
    this.#change({ link: 'deactivating', connectivity: 'unknown', portal: null })
  }

  /** Ends the activation in any phase. Does nothing if there is none. */
  end(reason: Reason): void {
    this.#cancel()
    const { activation, saved } = this.#configuration
    if (activation === null) return
    if (!saved) this.secret.isStored = false
    this.#change({ ...notUp, link: 'down', activation: null, ended: { activation, reason, native: null } })
  }

  /** Ends the activation from outside. If it was being deactivated on request, the reason stays `requested`. */
  interrupt(reason: Reason): void {
    this.end(this.#configuration.link === 'deactivating' ? 'requested' : reason)
  }

  /** Schedules the end of this phase, unless another one begins first. */
  later(clock: Clock, ms: number, run: () => void): void {
    this.#cancel = clock.after(ms, run)
  }

  /** Calls a function when this phase ends. */
  whenOver(run: () => void): void {
    this.#cancel = run
  }

  /** Out of range, `activate` is no promise, except for a hidden network, which only an attempt can find (rule S4). */
  #permission({ inRange, wifi }: Pick<LinkConfiguration, 'inRange' | 'wifi'>): Permission {
    const isPromised = inRange !== false || this.#isHidden || wifi?.hidden === true
    return isPromised || this.#activate === 'no' ? this.#activate : 'unknown'
  }

  #change(facts: Partial<LinkConfiguration>): void {
    const before = this.#configuration
    const different = Object.entries(facts).filter(
      ([key, value]) => value !== undefined && !sameData(value, before[key as keyof LinkConfiguration]),
    )
    if (different.length === 0) return
    const after: Record<string, unknown> = { ...before }
    for (const [key, value] of different) after[key] = freezeCopy(value)
    this.#configuration = Object.freeze(after as unknown as LinkConfiguration)
    this.#onChange()
  }
}

/** Whether a fact applies only while the link is up. */
function isWhileUp(key: string): boolean {
  return key in notUp
}

/** Picks the wanted facts that have a value. */
function pick<T extends object>(facts: T, wanted: (key: string) => boolean): Partial<T> {
  const given = Object.entries(facts).filter(([key, value]) => value !== undefined && wanted(key))
  return Object.fromEntries(given) as Partial<T>
}
