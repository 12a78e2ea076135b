import type { Catalogue } from '../configurations/catalogue.js'
import { explain } from '../configurations/ranking.js'
import { type Deadline, remaining } from '../primitives/deadlines.js'
import { deferred } from '../primitives/deferred.js'
import type { Times } from '../primitives/times.js'
import { reduceRoaming } from '../roaming/roaming-machine.js'
import type { RoamingEffect, RoamingInput } from '../roaming/roaming-messages.js'
import type { OfferData, RoamingOffer, RoamingTrial, TrialData } from '../roaming/roaming-offer.js'
import { activeChild, type RoamingState, type RoamingTimer } from '../roaming/roaming-state.js'
import type { CallId } from '../sessions/lifecycle.js'
import type { Agenda } from './agenda.js'
import { event, type Input, NOTHING, type Output, standingEvent } from './batch.js'
import type { NetworkViews } from './network-view.js'
import type { SessionRecord } from './session-record.js'
import type { SessionRunner } from './session-runner.js'

/** The answers of an application to what it is offered (rules R5 to R9). */
export type RoamingCall = 'migrate' | 'accept' | 'reject' | 'ignore'

/** Runs the machines of sessions on service networks, and hands out their offers and trials. */
export class RoamingRunner {
  readonly #catalogue: Catalogue
  readonly #views: NetworkViews
  readonly #sessions: SessionRunner
  readonly #times: Times
  readonly #agenda: Agenda<SessionRecord | string>
  readonly #post: (input: Input) => void

  constructor(
    {
      catalogue,
      views,
      sessions,
    }: { readonly catalogue: Catalogue; readonly views: NetworkViews; readonly sessions: SessionRunner },
    times: Times,
    agenda: Agenda<SessionRecord | string>,
    post: (input: Input) => void,
  ) {
    this.#catalogue = catalogue
    this.#views = views
    this.#sessions = sessions
    this.#times = times
    this.#agenda = agenda
    this.#post = post
  }

  /** Whether an answer took effect; never rejects (rule R22). It is about what stands now: not about what stands when its turn comes. */
  answer(record: SessionRecord, type: RoamingCall): Promise<boolean> {
    const { promise, resolve } = deferred<boolean>()
    const { offer, trialData } = record
    const call = this.#sessions.nextCall()
    record.answers.set(call, resolve)
    this.#post(() => {
      const stands =
        type === 'migrate' || type === 'ignore'
          ? record.offer === offer
          : record.trialData?.id === trialData?.id
      if (stands && record.isOnNetwork) return [{ to: 'session', record, input: { type, call } }]
      return [...answerCall(record, call, false), { to: 'record', record }]
    })
    return promise
  }

  /** One step of a session on a service network. */
  run(record: SessionRecord, input: RoamingInput): readonly Output[] {
    const before = record.roaming
    const clock = { now: this.#agenda.now(), times: this.#times }
    const [roaming, effects] = reduceRoaming(before, input, this.#views.of(record), clock)
    record.roaming = roaming
    this.#sessions.schedule(record)
    const outputs: Output[] = []
    for (const effect of effects) outputs.push(...this.#perform(record, effect))
    this.#updateTrial(record, clock.now)
    for (const timeOver of timesWithoutLength(before, roaming, clock.now))
      outputs.push(...this.run(record, timeOver))
    // What it came to is looked at again, also where nothing in the world is different (rules R3, R10).
    if (input.type !== 'look' && roaming.phase === 'open') outputs.push({ to: 'lookout', record })
    return input.type === 'giveUp' ? [...outputs, ...this.#sessions.giveUp(record, input.call)] : outputs
  }

  /** Everything is applied: the active configuration may be another one. */
  activeChanges(record: SessionRecord): readonly Output[] {
    const active = activeChild(record.roaming) ?? ''
    if (record.emittedActive === active) return NOTHING
    record.emittedActive = active
    return [event(record, 'activeConfigurationChanged', active)]
  }

  #perform(record: SessionRecord, effect: RoamingEffect): readonly Output[] {
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
        return [this.#offered(record, effect)]
      case 'offerWithdrawn':
        // One that no listener has heard of is withdrawn without a word.
        if (record.offer !== null && !record.isOfferEmitted) return []
        return [event(record, 'offerWithdrawn', this.#catalogue.get(effect.candidate))]
      case 'trialBegun':
        return [this.#trialBegun(record, effect.candidate)]
      case 'roamingStarted':
        return this.#roamingStarted(record, effect)
      case 'error':
        return [this.#sessions.raise(record, effect.failure, effect.doing, effect.child)]
      case 'settle':
        return this.#sessions.settle(record, effect)
      case 'answer':
        return answerCall(record, effect.call, effect.tookEffect)
      case 'emitEnd':
        this.#post(() => [{ to: 'session', record, input: { type: 'ended' } }])
        return []
    }
  }

  #roamingStarted(
    record: SessionRecord,
    { from, to, because }: RoamingEffect & { type: 'roamingStarted' },
  ): readonly Output[] {
    if (record.emitter.count('roamingStarted') === 0) return NOTHING
    const [left, entered] = [this.#catalogue.get(from ?? ''), this.#catalogue.get(to)]
    const network = this.#catalogue.network(record.target)
    const children = [network?.child(to) ?? null, network?.child(left.identifier) ?? null] as const
    const [one, other] = children
    const explanation =
      network === null || one === null || other === null ? null : explain(one, other, network.policy)
    const start = Object.freeze({ from: left, to: entered, because, explanation })
    return [event(record, 'roamingStarted', start)]
  }

  #offered(record: SessionRecord, effect: RoamingEffect & { type: 'offered' }): Output {
    // After a loss; one that was withdrawn because the service was away has the rest of its time (rule S14).
    const time = record.roaming.deadlines.get('offer')
    const configuration = this.#catalogue.get(effect.candidate)
    const id = this.#sessions.nextCall()
    record.offerData = Object.freeze({
      id,
      configuration,
      isSeamless: effect.isSeamless,
      ...deadlineData(time, this.#agenda.now()),
    })
    const offer = this.#offer(record, record.offerData)
    record.offer = offer
    record.isOfferEmitted = false
    const stands = () => {
      if (record.offer !== offer) return false
      record.isOfferEmitted = true
      return record.roaming.roam?.kind === 'offer'
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

  #trialBegun(record: SessionRecord, candidate: string): Output {
    const id = this.#sessions.nextCall()
    const configuration = this.#catalogue.get(candidate)
    const time = record.roaming.deadlines.get('trial')
    record.trialData = Object.freeze({ id, configuration, ...deadlineData(time, this.#agenda.now()) })
    const trial = this.#trial(record, record.trialData)
    record.trial = trial
    const stands = () => activeChild(record.roaming) === candidate
    return standingEvent(record, stands, 'newConfigurationActivated', trial)
  }

  /** A trial's deadline moves while the service is away, or while it is not known whether it is stopped (rules S14, S11). */
  #updateTrial(record: SessionRecord, now: number): void {
    const { trialData: data, roaming } = record
    const time = roaming.deadlines.get('trial')
    if (data === null || time === undefined || deadlineData(time, now).deadline === data.deadline) return
    record.trialData = Object.freeze({ ...data, ...deadlineData(time, now) })
    record.trial = this.#trial(record, record.trialData)
  }

  #offer(record: SessionRecord, data: OfferData): RoamingOffer {
    const stands = () => record.offer === offer && record.roaming.roam?.kind === 'offer'
    const answer = (type: RoamingCall) => (stands() ? this.answer(record, type) : Promise.resolve(false))
    const left = () => (stands() ? this.#left(record, 'offer') : 0)
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

  #trial(record: SessionRecord, data: TrialData): RoamingTrial {
    const stands = () => record.trialData?.id === data.id && record.roaming.roam?.kind === 'trial'
    const answer = (type: RoamingCall) => (stands() ? this.answer(record, type) : Promise.resolve(false))
    const left = () => (stands() ? this.#left(record, 'trial') : 0)
    return Object.freeze({
      ...data,
      get remaining() {
        return left()
      },
      accept: () => answer('accept'),
      reject: () => answer('reject'),
    })
  }

  #left(record: SessionRecord, timer: RoamingTimer): number | null {
    return deadlineData(record.roaming.deadlines.get(timer), this.#agenda.now()).remaining
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
