import type { Catalogue } from '../configurations/catalogue.js'
import { deferred } from '../primitives/deferred.js'
import type { Times } from '../primitives/times.js'
import { reduceRoaming } from '../roaming/roaming-machine.js'
import type { RoamingEffect, RoamingInput, RoamingTimer } from '../roaming/roaming-messages.js'
import type { OfferData, RoamingOffer, RoamingTrial, TrialData } from '../roaming/roaming-offer.js'
import { activeChild } from '../roaming/roaming-state.js'
import type { CallId } from '../sessions/session-machine.js'
import { event, type Input, type Output, standingEvent } from './batch.js'
import type { NetworkViews } from './network-view.js'
import { PausableTimer, type TimerHost } from './pausable-timer.js'
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
  readonly #timers: TimerHost<Input>
  readonly #post: (input: Input) => void
  readonly #log: (event: string, detail: object) => void

  constructor(
    {
      catalogue,
      views,
      sessions,
    }: { readonly catalogue: Catalogue; readonly views: NetworkViews; readonly sessions: SessionRunner },
    times: Times,
    timers: TimerHost<Input>,
    post: (input: Input) => void,
    log: (event: string, detail: object) => void,
  ) {
    this.#catalogue = catalogue
    this.#views = views
    this.#sessions = sessions
    this.#times = times
    this.#timers = timers
    this.#post = post
    this.#log = log
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
      return [...answered(record, call, false), { to: 'record', record }]
    })
    return promise
  }

  /** One step of a session on a service network. */
  run(record: SessionRecord, input: RoamingInput): readonly Output[] {
    const [roaming, effects] = reduceRoaming(record.roaming, input, this.#views.of(record))
    record.roaming = roaming
    const outputs = effects.flatMap((effect) => this.#perform(record, effect))
    // What it came to is looked at again, also where nothing in the world is different (rules R3, R10).
    if (input.type !== 'look' && roaming.phase === 'open') outputs.push({ to: 'lookout', record })
    return input.type === 'giveUp' ? [...outputs, ...this.#sessions.giveUp(record, input.call)] : outputs
  }

  /** Everything is applied: the active configuration may be another one. */
  activeChanges(record: SessionRecord): readonly Output[] {
    const active = activeChild(record.roaming) ?? ''
    if (record.emittedActive === active) return []
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
      case 'startTimer':
        return this.#startTimer(record, effect.timer, effect.doublings)
      case 'stopTimer':
        record.timers.get(effect.timer)?.stop()
        record.timers.delete(effect.timer)
        return []
      case 'pauseTimer':
        record.timers.get(effect.timer)?.pause()
        this.#noteDeadlines(record, effect.timer)
        return []
      case 'resumeTimer':
        if (!record.timers.has(effect.timer)) return this.#startTimer(record, effect.timer, 0)
        record.timers.get(effect.timer)?.resume()
        this.#noteDeadlines(record, effect.timer)
        return []
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
      case 'log':
        this.#log(effect.event, { session: record.target, ...effect.detail })
        return []
      case 'error':
        return [this.#sessions.raise(record, effect.failure, effect.doing, effect.child)]
      case 'settle':
        return this.#sessions.settle(record, effect)
      case 'answer':
        return answered(record, effect.call, effect.tookEffect)
      case 'tellEnd':
        this.#post(() => [{ to: 'session', record, input: { type: 'ended' } }])
        return []
    }
  }

  #offered(record: SessionRecord, effect: RoamingEffect & { type: 'offered' }): Output {
    const { clock, offerDeadline } = this.#times
    // One that was withdrawn because the service was away has the rest of its time (rule S14).
    const left = record.timers.get('offer')?.left ?? offerDeadline
    const deadline = effect.loss ? clock.now() + left : null
    const configuration = this.#catalogue.get(effect.candidate)
    const id = this.#sessions.nextCall()
    record.offerData = Object.freeze({ id, configuration, isSeamless: effect.isSeamless, deadline })
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
    const deadline = this.#times.clock.now() + this.#times.trialDeadline
    const id = this.#sessions.nextCall()
    record.trialData = Object.freeze({ id, configuration: this.#catalogue.get(candidate), deadline })
    const trial = this.#trial(record, record.trialData)
    record.trial = trial
    const stands = () => activeChild(record.roaming) === candidate
    return standingEvent(record, stands, 'newConfigurationActivated', trial)
  }

  #startTimer(record: SessionRecord, timer: RoamingTimer, doublings: number): readonly Output[] {
    const ms = this.#duration(record, timer, doublings)
    const outputs = timer === 'reopen' ? [event(record, 'reopening', doublings + 1, ms)] : []
    if (ms === 0) return [...outputs, ...this.run(record, { type: 'timer', timer })]
    record.timers.get(timer)?.stop()
    const run: Input = () => {
      record.timers.delete(timer)
      return [{ to: 'session', record, input: { type: 'timer', timer } }]
    }
    record.timers.set(timer, new PausableTimer(this.#timers, ms, run))
    return outputs
  }

  /** The clock's time at which a timer is over; `null` while it is paused. */
  #endOf(record: SessionRecord, timer: RoamingTimer): number | null {
    const running = record.timers.get(timer)
    return running === undefined || running.isPaused ? null : this.#times.clock.now() + running.left
  }

  /** A trial's deadline moves while the service is away, or while it is not known whether it is stopped (rules S14, S11). */
  #noteDeadlines(record: SessionRecord, timer: RoamingTimer): void {
    if (timer !== 'trial' || record.trialData === null) return
    record.trialData = Object.freeze({ ...record.trialData, deadline: this.#endOf(record, timer) })
    record.trial = this.#trial(record, record.trialData)
  }

  #duration(record: SessionRecord, timer: RoamingTimer, doublings: number): number {
    const times = this.#times
    switch (timer) {
      case 'wait': {
        const catalogue = this.#catalogue
        const own = catalogue.connectTimeout(record.target)
        const children = catalogue.get(record.target).children.map(({ connectTimeout }) => connectTimeout)
        return children.length === 0 ? own : Math.min(own, Math.max(...children))
      }
      case 'grace':
        return times.lossGrace
      case 'offer':
        return times.offerDeadline
      case 'trial':
        return times.trialDeadline
      case 'reopen':
        return Math.min(times.reopenDelay * 2 ** doublings, times.reopenDelayLimit)
      case 'dwell': {
        const id = record.roaming.dwelling?.id
        const { better } = this.#views.of(record)
        return better.find(({ identifier }) => identifier === id)?.dwell ?? 0
      }
      default:
        return Math.min(times.retryAfter * 2 ** doublings, times.retryAfterLimit)
    }
  }

  #offer(record: SessionRecord, facts: OfferData): RoamingOffer {
    const answer = (type: RoamingCall) =>
      record.offer === offer && record.roaming.roam?.kind === 'offer'
        ? this.answer(record, type)
        : Promise.resolve(false)
    const offer: RoamingOffer = Object.freeze({
      ...facts,
      migrate: () => answer('migrate'),
      ignore: () => answer('ignore'),
    })
    return offer
  }

  #trial(record: SessionRecord, facts: TrialData): RoamingTrial {
    const answer = (type: RoamingCall) =>
      record.trialData?.id === facts.id && record.roaming.roam?.kind === 'trial'
        ? this.answer(record, type)
        : Promise.resolve(false)
    return Object.freeze({
      ...facts,
      accept: () => answer('accept'),
      reject: () => answer('reject'),
    })
  }
}

/** A promise of `migrate()`, `accept()`, `reject()` or `ignore()` settles (rule R22). */
function answered(record: SessionRecord, call: CallId, tookEffect: boolean): readonly Output[] {
  const resolve = record.answers.get(call)
  record.answers.delete(call)
  return [{ to: 'caller', settle: () => resolve?.(tookEffect) }]
}
