import type { Catalogue } from '../configurations/catalogue.js'
import { type Deadline, remaining } from '../primitives/deadlines.js'
import { deferred } from '../primitives/deferred.js'
import type { Times } from '../primitives/times.js'
import { reduceRoaming } from '../roaming/roaming-machine.js'
import type { RoamingEffect, RoamingInput } from '../roaming/roaming-messages.js'
import type { OfferData, RoamingOffer, RoamingTrial, TrialData } from '../roaming/roaming-offer.js'
import { activeChild, type RoamingState, type RoamingTimer } from '../roaming/roaming-state.js'
import type { CallId } from '../sessions/lifecycle.js'
import type { Agenda, TimeOwner } from './agenda.js'
import { event, type Input, NOTHING, type Output, standingEvent } from './batch.js'
import type { NetworkViews } from './network-view.js'
import type { ServiceNetworkUse, SessionRecord } from './session-record.js'
import type { SessionRunner } from './session-runner.js'

/** The answers of an application to what it is offered (rules R5 to R9). */
export type RoamingCall = 'migrate' | 'accept' | 'reject' | 'ignore'

/** What a runner of roaming sessions works with. */
interface RoamingRunnerParts {
  readonly catalogue: Catalogue
  readonly views: NetworkViews
  readonly sessions: SessionRunner
  /** Asks the system to check how far the network of a link reaches; what it finds shows as a change. */
  readonly recheck: (id: string) => void
  readonly log: (event: string, detail: object) => void
}

/** Runs the machines of sessions on service networks, and hands out their offers and trials. */
export class RoamingRunner {
  readonly #catalogue: Catalogue
  readonly #views: NetworkViews
  readonly #sessions: SessionRunner
  readonly #recheck: (id: string) => void
  readonly #times: Times
  readonly #agenda: Agenda<TimeOwner>
  readonly #post: (input: Input) => void
  readonly #log: (event: string, detail: object) => void

  constructor(
    { catalogue, views, sessions, recheck, log }: RoamingRunnerParts,
    times: Times,
    agenda: Agenda<TimeOwner>,
    post: (input: Input) => void,
  ) {
    this.#catalogue = catalogue
    this.#views = views
    this.#sessions = sessions
    this.#recheck = recheck
    this.#times = times
    this.#agenda = agenda
    this.#post = post
    this.#log = log
  }

  /** Whether an answer took effect; never rejects (rule R22). It is about what stands now: not about what stands when its turn comes. */
  answer(record: SessionRecord, use: ServiceNetworkUse, type: RoamingCall): Promise<boolean> {
    const { promise, resolve } = deferred<boolean>()
    const { offer, trialData } = use
    const call = this.#sessions.nextCall()
    record.answers.set(call, resolve)
    this.#post(() => {
      const stands =
        type === 'migrate' || type === 'ignore' ? use.offer === offer : use.trialData?.id === trialData?.id
      if (stands) return [{ to: 'serviceNetwork', record, use, input: { type, call } }]
      return [...answerCall(record, call, false), { to: 'record', record }]
    })
    return promise
  }

  /** One step of a session on a service network. */
  run(record: SessionRecord, use: ServiceNetworkUse, input: RoamingInput): readonly Output[] {
    const before = use.machine
    const clock = { now: this.#agenda.now(), times: this.#times }
    const [machine, effects] = reduceRoaming(before, input, this.#views.of(record, use), clock)
    use.machine = machine
    this.#sessions.schedule(record)
    const outputs: Output[] = []
    for (const effect of effects) outputs.push(...this.#perform(record, use, effect))
    this.#updateTrial(record, use, clock.now)
    for (const timeOver of timesWithoutLength(before, machine, clock.now))
      outputs.push(...this.run(record, use, timeOver))
    // What it came to is looked at again, also where nothing in the world is different (rules R3, R10).
    if (input.type !== 'look' && machine.phase === 'open') outputs.push({ to: 'lookout', record })
    return input.type === 'giveUp' ? [...outputs, ...this.#sessions.giveUp(record, input.call)] : outputs
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
      case 'reopening':
        return [event(record, 'reopening', effect.attempt, effect.delay)]
      case 'opened':
        record.error = null
        record.connectedSince = this.#times.clock.now()
        return [event(record, 'opened')]
      case 'closed':
        record.connectedSince = null
        return [event(record, 'closed')]
      case 'offered':
        return [this.#offered(record, use, effect)]
      case 'offerWithdrawn':
        // One that no listener has heard of is withdrawn without a word.
        if (use.offer !== null && !use.isOfferEmitted) return []
        return [event(record, 'offerWithdrawn', this.#catalogue.get(effect.candidate))]
      case 'recheck':
        return [{ to: 'system', command: () => this.#recheck(effect.child) }]
      case 'relapsed': {
        const network = this.#catalogue.network(record.target)
        if (network === null) return []
        return [{ to: 'ranking', change: () => this.#catalogue.noteRelapse(network, effect.child) }]
      }
      case 'trialBegun':
        return [this.#trialBegun(record, use, effect.candidate)]
      case 'log':
        this.#log(effect.event, { session: record.target, ...effect.detail })
        return []
      case 'error':
        return [this.#sessions.raise(record, effect.failure, effect.doing, effect.child)]
      case 'settle':
        return this.#sessions.settle(record, effect)
      case 'answer':
        return answerCall(record, effect.call, effect.tookEffect)
      case 'emitEnd':
        this.#post(() => [{ to: 'serviceNetwork', record, use, input: { type: 'ended' } }])
        return []
    }
  }

  #offered(
    record: SessionRecord,
    use: ServiceNetworkUse,
    effect: RoamingEffect & { type: 'offered' },
  ): Output {
    // After a loss; one that was withdrawn because the service was away has the rest of its time (rule S14).
    const time = use.machine.deadlines.get('offer')
    const configuration = this.#catalogue.get(effect.candidate)
    const id = this.#sessions.nextCall()
    use.offerData = Object.freeze({
      id,
      configuration,
      isSeamless: effect.isSeamless,
      ...deadlineData(time, this.#agenda.now()),
    })
    const offer = this.#offer(record, use, use.offerData)
    use.offer = offer
    use.isOfferEmitted = false
    const stands = () => {
      if (use.offer !== offer) return false
      use.isOfferEmitted = true
      return use.machine.roam?.kind === 'offer'
    }
    return standingEvent(
      record,
      stands,
      'preferredConfigurationChanged',
      configuration,
      effect.isSeamless,
      offer,
    )
  }

  #trialBegun(record: SessionRecord, use: ServiceNetworkUse, candidate: string): Output {
    const id = this.#sessions.nextCall()
    const configuration = this.#catalogue.get(candidate)
    const time = use.machine.deadlines.get('trial')
    use.trialData = Object.freeze({ id, configuration, ...deadlineData(time, this.#agenda.now()) })
    const trial = this.#trial(record, use, use.trialData)
    use.trial = trial
    const stands = () => activeChild(use.machine) === candidate
    return standingEvent(record, stands, 'newConfigurationActivated', trial)
  }

  /** A trial's deadline moves while the service is away, or while it is not known whether it is stopped (rules S14, S11). */
  #updateTrial(record: SessionRecord, use: ServiceNetworkUse, now: number): void {
    const { trialData: data, machine } = use
    const time = machine.deadlines.get('trial')
    if (data === null || time === undefined || deadlineData(time, now).deadline === data.deadline) return
    use.trialData = Object.freeze({ ...data, ...deadlineData(time, now) })
    use.trial = this.#trial(record, use, use.trialData)
  }

  #offer(record: SessionRecord, use: ServiceNetworkUse, data: OfferData): RoamingOffer {
    const stands = () => use.offer === offer && use.machine.roam?.kind === 'offer'
    const answer = (type: RoamingCall) => (stands() ? this.answer(record, use, type) : Promise.resolve(false))
    const left = () => (stands() ? this.#left(use, 'offer') : 0)
    const offer: RoamingOffer = Object.freeze({
      ...data,
      get remaining() {
        return left()
      },
      migrate: () => answer('migrate'),
      ignore: () => answer('ignore'),
    })
    return offer
  }

  #trial(record: SessionRecord, use: ServiceNetworkUse, data: TrialData): RoamingTrial {
    const stands = () => use.trialData?.id === data.id && use.machine.roam?.kind === 'trial'
    const answer = (type: RoamingCall) => (stands() ? this.answer(record, use, type) : Promise.resolve(false))
    const left = () => (stands() ? this.#left(use, 'trial') : 0)
    return Object.freeze({
      ...data,
      get remaining() {
        return left()
      },
      accept: () => answer('accept'),
      reject: () => answer('reject'),
    })
  }

  #left(use: ServiceNetworkUse, timer: RoamingTimer): number | null {
    return deadlineData(use.machine.deadlines.get(timer), this.#agenda.now()).remaining
  }
}

/** When a time is over and what is left of it, as an application sees them. */
function deadlineData(
  time: Deadline | undefined,
  now: number,
): { readonly deadline: number | null; readonly remaining: number | null } {
  if (time === undefined) return { deadline: null, remaining: null }
  return { deadline: 'at' in time ? time.at : null, remaining: remaining(time, now) }
}

/** The times that began in a step and have no length: they are over in the same step. */
function timesWithoutLength(before: RoamingState, after: RoamingState, now: number): readonly RoamingInput[] {
  if (before.deadlines === after.deadlines && before.excluded === after.excluded) return []
  const over: RoamingInput[] = []
  for (const [timer, time] of after.deadlines)
    if (time !== before.deadlines.get(timer) && 'at' in time && time.at <= now)
      over.push({ type: 'timer', timer })
  for (const [child, { servedAt }] of after.excluded)
    if (servedAt !== null && servedAt <= now && before.excluded.get(child)?.servedAt !== servedAt)
      over.push({ type: 'served', child })
  return over
}

/** A promise of `migrate()`, `accept()`, `reject()` or `ignore()` settles (rule R22). */
function answerCall(record: SessionRecord, call: CallId, tookEffect: boolean): readonly Output[] {
  const resolve = record.answers.get(call)
  record.answers.delete(call)
  return [{ to: 'caller', settle: () => resolve?.(tookEffect) }]
}
