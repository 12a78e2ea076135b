import type { Catalogue } from '../../configurations/catalogue.js'
import { deferred } from '../../primitives/deferred.js'
import { remaining } from '../../primitives/time/deadlines.js'
import { reduceRoaming } from '../../roaming/roaming-machine.js'
import type { RoamingEffect, RoamingInput } from '../../roaming/roaming-messages.js'
import type { OfferData, RoamingOffer, RoamingTrial, TrialData } from '../../roaming/roaming-offer.js'
import { activeChild, currentChild, type RoamingState, roamOf } from '../../roaming/roaming-state.js'
import type { CallId } from '../../sessions/lifecycle.js'
import type { Agenda, Timed, TimeOwner } from '../agenda.js'
import { event, type Input, NOTHING, type Output, standingEvent } from '../batch.js'
import type { NetworkViews } from './network-view.js'
import type { ServiceNetworkUse, SessionRecord } from './session-record.js'
import type { SessionRunner } from './session-runner.js'

/** What each answer of an application is about (rules R5 to R9). */
const ASKED = { migrate: 'offer', ignore: 'offer', accept: 'trial', reject: 'trial' } as const

export type RoamingCall = keyof typeof ASKED

/** What a runner of roaming sessions works with. */
interface RoamingRunnerParts {
  readonly catalogue: Catalogue
  readonly views: NetworkViews
  readonly sessions: SessionRunner
  /** Asks the system to check how far the network of a link reaches; what it finds shows as a change. */
  readonly recheck: (id: string) => void
}

/** Whose trials are under way, or were. */
export const recordsOfTrials = new WeakMap<RoamingTrial, SessionRecord>()

/** Runs the machines of sessions on service networks, and hands out their offers and trials. */
export class RoamingRunner {
  readonly #catalogue: Catalogue
  readonly #views: NetworkViews
  readonly #sessions: SessionRunner
  readonly #recheck: (id: string) => void
  readonly #agenda: Agenda<TimeOwner>
  readonly #post: (input: Input) => void
  readonly #timers = new WeakMap<SessionRecord, Timed>()

  constructor(
    { catalogue, views, sessions, recheck }: RoamingRunnerParts,
    agenda: Agenda<TimeOwner>,
    post: (input: Input) => void,
  ) {
    this.#catalogue = catalogue
    this.#views = views
    this.#sessions = sessions
    this.#recheck = recheck
    this.#agenda = agenda
    this.#post = post
  }

  /**
   * Whether an answer, to the offer or trial with that id, took effect; never rejects (rule R22). It is about what stands now: not
   * about what stands when its turn comes.
   */
  answer(record: SessionRecord, use: ServiceNetworkUse, type: RoamingCall, id?: number): Promise<boolean> {
    const asked = use[ASKED[type]]?.data.id
    if (id !== undefined && id !== asked) return Promise.resolve(false)
    const { promise, resolve } = deferred<boolean>()
    const call = this.#sessions.nextCall()
    record.answers.set(call, resolve)
    this.#post(() => {
      if (use[ASKED[type]]?.data.id === asked)
        return [{ to: 'serviceNetwork', record, use, input: { type, call } }]
      return [...answerCall(record, call, false), { to: 'record', record }]
    })
    return promise
  }

  /** One step of a session on a service network. */
  run(record: SessionRecord, use: ServiceNetworkUse, input: RoamingInput): readonly Output[] {
    const before = use.machine
    const clock = this.#sessions.clock()
    const [machine, effects] = reduceRoaming(before, input, this.#views.of(record, use), clock)
    use.machine = machine
    this.#sessions.schedule(record)
    this.#scheduleRecovery(record, machine)
    const outputs: Output[] = []
    for (const effect of effects) outputs.push(...this.#perform(record, use, effect))
    this.#updateTrial(record, use)
    for (const timeOver of timesWithoutLength(before, machine, clock.now))
      outputs.push(...this.run(record, use, timeOver))
    // Look at the result again, even if nothing in the world has changed (rules R3, R10).
    if (input.type !== 'look' && machine.phase === 'open') outputs.push({ to: 'lookout', record })
    return input.type === 'giveUp' ? [...outputs, ...this.#sessions.giveUp(record, input.call)] : outputs
  }

  /** Looks again when a child that was bad by the session's own evidence has recovered (rule L3). */
  #scheduleRecovery(record: SessionRecord, { phase }: RoamingState): void {
    const { ownRecoveries: own } = record
    if (own === null) return
    const timer: Timed = this.#timers.get(record) ?? { due: () => [{ to: 'lookout', record }] }
    this.#timers.set(record, timer)
    this.#agenda.set(timer, phase === 'open' ? own.recoversAt(this.#agenda.now()) : null)
  }

  /** Has a session look at the world again, if it is on a service network. */
  look(record: SessionRecord): readonly Output[] {
    const { network } = record
    return network === null ? NOTHING : this.run(record, network, { type: 'look' })
  }

  /** Everything is applied: the active configuration may be another one. */
  activeChanges(record: SessionRecord): readonly Output[] {
    const { network } = record
    const active = record.active ?? ''
    if (network === null || network.emittedActive === active) return NOTHING
    network.emittedActive = active
    return [event(record, 'activeConfigurationChanged', active)]
  }

  #perform(record: SessionRecord, use: ServiceNetworkUse, effect: RoamingEffect): readonly Output[] {
    switch (effect.type) {
      case 'link': {
        const { by, lastClose } = record
        const asSystem = effect.does === 'retry' && effect.asSystem
        const mayDisplace = effect.does !== 'holdFree'
        const type = effect.does === 'holdFree' ? 'hold' : effect.does
        return [{ to: 'link', id: effect.child, input: { type, by, lastClose, asSystem, mayDisplace } }]
      }
      case 'offered':
        return [this.#offered(record, use, effect)]
      case 'offerWithdrawn':
        // One that no listener has heard of is withdrawn without a word.
        if (use.offer?.isEmitted === false) return []
        return [event(record, 'offerWithdrawn', this.#catalogue.get(effect.candidate))]
      case 'recheck':
        return [{ to: 'system', command: () => this.#recheck(effect.child) }]
      case 'relapsed': {
        const network = this.#catalogue.network(record.target)
        if (network === null) return []
        const { child, because } = effect
        if (because === 'lost' || record.ownRecoveries === null)
          return [{ to: 'ranking', change: () => this.#catalogue.noteRelapse(network, child) }]
        // What a session has found out for itself concerns no other one.
        const { now, times } = this.#sessions.clock()
        record.ownRecoveries.note(child, now, times)
        return NOTHING
      }
      case 'trialBegun':
        return [this.#trialBegun(record, use, effect.candidate)]
      case 'roamingStarted':
        return this.#roamingStarted(record, effect)
      case 'answer':
        return answerCall(record, effect.call, effect.tookEffect)
      case 'emitEnd':
        this.#post(() => [{ to: 'serviceNetwork', record, use, input: { type: 'ended' } }])
        return []
      default:
        return this.#sessions.perform(record, effect)
    }
  }

  #roamingStarted(
    record: SessionRecord,
    { from, to, because }: RoamingEffect & { type: 'roamingStarted' },
  ): readonly Output[] {
    if (record.emitter.count('roamingStarted') === 0) return NOTHING
    const network = this.#catalogue.network(record.target)
    const [one, other] = [network?.child(to) ?? null, network?.child(from) ?? null]
    const explanation =
      network === null || one === null || other === null ? null : network.ranking.explain(one, other)
    const start = { from: this.#catalogue.get(from), to: this.#catalogue.get(to), because, explanation }
    return [event(record, 'roamingStarted', Object.freeze(start))]
  }

  #offered(
    record: SessionRecord,
    use: ServiceNetworkUse,
    { candidate, isSeamless }: RoamingEffect & { type: 'offered' },
  ): Output {
    // After a loss; one that was withdrawn because the service was away has the rest of its time (rule S14).
    const data: OfferData = Object.freeze({
      ...this.#known(candidate),
      isSeamless,
      ...this.#time(use, 'offer'),
    })
    const { answer, left } = this.#standing(record, use, 'offer', data.id)
    const handle: RoamingOffer = Object.freeze({
      ...data,
      get remaining() {
        return left()
      },
      migrate: () => answer('migrate'),
      ignore: () => answer('ignore'),
    })
    const offer = { data, handle, isEmitted: false }
    use.offer = offer
    const stands = () => {
      if (use.offer !== offer) return false
      offer.isEmitted = true
      return roamOf(use.machine)?.kind === 'offer'
    }
    const { configuration } = data
    return standingEvent(record, stands, 'preferredConfigurationChanged', configuration, isSeamless, handle)
  }

  #trialBegun(record: SessionRecord, use: ServiceNetworkUse, candidate: string): Output {
    const from = this.#catalogue.get(currentChild(use.machine) ?? '')
    const handle = this.#setTrial(record, use, {
      ...this.#known(candidate),
      from,
      ...this.#time(use, 'trial'),
    })
    const stands = () => activeChild(use.machine) === candidate
    return standingEvent(record, stands, 'newConfigurationActivated', handle)
  }

  /** A trial's deadline moves while the service is away, or while it is not known whether it is stopped (rules S14, S11). */
  #updateTrial(record: SessionRecord, use: ServiceNetworkUse): void {
    if (use.trial === null || !use.machine.deadlines.has('trial')) return
    const { data } = use.trial
    const time = this.#time(use, 'trial')
    if (time.deadline !== data.deadline) this.#setTrial(record, use, { ...data, ...time })
  }

  #setTrial(record: SessionRecord, use: ServiceNetworkUse, data: TrialData): RoamingTrial {
    const { answer, left, stands } = this.#standing(record, use, 'trial', data.id)
    const handle: RoamingTrial = Object.freeze({
      ...data,
      get remaining() {
        return left()
      },
      accept: () => answer('accept'),
      reject: () => answer('reject'),
      requireDecision: () => {
        if (!stands()) return
        this.#post(() => [{ to: 'serviceNetwork', record, use, input: { type: 'requireDecision' } }])
      },
    })
    use.trial = { data: Object.freeze(data), handle }
    recordsOfTrials.set(handle, record)
    return handle
  }

  #known(candidate: string) {
    return { id: this.#sessions.nextCall(), configuration: this.#catalogue.get(candidate) }
  }

  /** An offer or a trial while it stands; later an answer has no effect, and nothing is left of its time. */
  #standing(record: SessionRecord, use: ServiceNetworkUse, kind: 'offer' | 'trial', id: number) {
    const stands = () => use[kind]?.data.id === id && roamOf(use.machine)?.kind === kind
    return {
      stands,
      answer: (type: RoamingCall) => (stands() ? this.answer(record, use, type) : Promise.resolve(false)),
      left: () => (stands() ? this.#time(use, kind).remaining : 0),
    }
  }

  /** When a time is over and what is left of it, as an application sees them. */
  #time(use: ServiceNetworkUse, timer: 'offer' | 'trial'): Pick<TrialData, 'deadline' | 'remaining'> {
    const time = use.machine.deadlines.get(timer)
    if (time === undefined) return { deadline: null, remaining: null }
    return { deadline: 'at' in time ? time.at : null, remaining: remaining(time, this.#agenda.now()) }
  }
}

/** The times that began in a step and have no length: they are over in the same step. */
function timesWithoutLength(before: RoamingState, after: RoamingState, now: number): readonly RoamingInput[] {
  if (before.deadlines === after.deadlines) return []
  const over: RoamingInput[] = []
  for (const [timer, time] of after.deadlines)
    if (time !== before.deadlines.get(timer) && 'at' in time && time.at <= now)
      over.push({ type: 'timer', timer })
  return over
}

/** A promise of `migrate()`, `accept()`, `reject()` or `ignore()` settles (rule R22). */
function answerCall(record: SessionRecord, call: CallId, tookEffect: boolean): readonly Output[] {
  const resolve = record.answers.get(call)
  record.answers.delete(call)
  return [{ to: 'caller', settle: () => resolve?.(tookEffect) }]
}
