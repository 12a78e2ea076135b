import { deferred } from '../primitives/deferred.js'
import { reduceRoaming } from '../roaming/roaming-machine.js'
import type { RoamingEffect, RoamingInput, RoamingTimer } from '../roaming/roaming-messages.js'
import type { OfferData, RoamingOffer, RoamingTrial, TrialData } from '../roaming/roaming-offer.js'
import { activeChild, type NetworkView } from '../roaming/roaming-state.js'
import type { Cause } from './cause.js'
import { PausableTimer } from './pausable-timer.js'
import type { DeskHost, SessionDesk } from './session-desk.js'
import type { SessionRecord } from './session-record.js'

/** What the desk needs of the engine besides what {@link SessionDesk} needs. */
export interface RoamingHost extends DeskHost {
  /** What a session on a service network sees of the world now. */
  networkView(record: SessionRecord): NetworkView
  log(event: string, detail: object): void
}

/** The answers of an application to what it is offered (rules R5 to R9). */
export type RoamingCall = 'migrate' | 'accept' | 'reject' | 'ignore'

/** Where the calls of sessions on service networks come in and their machines' effects go out. */
export class RoamingDesk {
  readonly #host: RoamingHost
  readonly #desk: SessionDesk

  constructor(host: RoamingHost, desk: SessionDesk) {
    this.#host = host
    this.#desk = desk
  }

  /** Whether an answer took effect; never rejects (rule R22). It is about what stands now: not about what stands when its turn comes. */
  answer(record: SessionRecord, type: RoamingCall): Promise<boolean> {
    const { promise, resolve } = deferred<boolean>()
    const { offer, trialData } = record
    const call = this.#desk.nextCall()
    record.answers.set(call, resolve)
    this.#host.post((cause) => {
      const stands =
        type === 'migrate' || type === 'ignore'
          ? record.offer === offer
          : record.trialData?.id === trialData?.id
      if (stands) this.feed(cause, record, { type, call })
      else this.#carryOut(cause, record, { type: 'answer', call, tookEffect: false })
      cause.records.add(record)
    })
    return promise
  }

  /** Feeds a session's machine and carries out its effects. */
  feed(cause: Cause, record: SessionRecord, input: RoamingInput): void {
    const [roaming, effects] = reduceRoaming(record.roaming, input, this.#host.networkView(record))
    record.roaming = roaming
    cause.records.add(record)
    for (const effect of effects) this.#carryOut(cause, record, effect)
    // What it came to is looked at again, also where nothing in the world is different (rules R3, R10).
    if (input.type !== 'look' && roaming.phase === 'open') cause.looks.add(record)
  }

  /** Everything is applied: the active configuration may be another one. */
  noteActive(cause: Cause, record: SessionRecord): void {
    const active = activeChild(record.roaming) ?? ''
    if (record.toldActive === active) return
    record.toldActive = active
    cause.tell(record, 'activeConfigurationChanged', active)
  }

  #carryOut(cause: Cause, record: SessionRecord, effect: RoamingEffect): void {
    const { catalogue, times } = this.#host
    switch (effect.type) {
      case 'link': {
        const { by, lastClose } = record
        const asSystem = effect.does === 'retry' && effect.asSystem
        const mayDisplace = effect.does !== 'holdFree'
        const type = effect.does === 'holdFree' ? 'hold' : effect.does
        cause.todo.push({ id: effect.child, input: { type, by, lastClose, asSystem, mayDisplace } })
        return
      }
      case 'startTimer':
        return this.#startTimer(cause, record, effect.timer, effect.doublings)
      case 'stopTimer':
        record.timers.get(effect.timer)?.stop()
        record.timers.delete(effect.timer)
        return
      case 'pauseTimer':
        record.timers.get(effect.timer)?.pause()
        return this.#noteDeadlines(record, effect.timer)
      case 'resumeTimer':
        if (!record.timers.has(effect.timer)) return this.#startTimer(cause, record, effect.timer, 0)
        record.timers.get(effect.timer)?.resume()
        return this.#noteDeadlines(record, effect.timer)
      case 'opened':
        record.error = null
        record.connectedSince = times.clock.now()
        return cause.tell(record, 'opened')
      case 'closed':
        record.connectedSince = null
        return cause.tell(record, 'closed')
      case 'offered': {
        // One that was withdrawn because the service was away has the rest of its time (rule S14).
        const left = record.timers.get('offer')?.left ?? times.offerDeadline
        const deadline = effect.loss ? times.clock.now() + left : null
        const configuration = catalogue.get(effect.candidate)
        const id = this.#desk.nextCall()
        record.offerData = Object.freeze({ id, configuration, isSeamless: effect.isSeamless, deadline })
        const offer = this.#offer(record, record.offerData)
        record.offer = offer
        cause.offers.set(record, offer)
        return cause.tellStanding(
          record,
          () => record.offer === offer && record.roaming.roam?.kind === 'offer',
          'preferredConfigurationChanged',
          configuration,
          effect.isSeamless,
          offer,
        )
      }
      case 'offerWithdrawn':
        // One that nobody has been told of is withdrawn without a word.
        if (record.offer !== null && cause.offers.get(record) === record.offer) return
        return cause.tell(record, 'offerWithdrawn', catalogue.get(effect.candidate))
      case 'trialBegun': {
        const deadline = times.clock.now() + times.trialDeadline
        const id = this.#desk.nextCall()
        record.trialData = Object.freeze({ id, configuration: catalogue.get(effect.candidate), deadline })
        const trial = this.#trial(record, record.trialData)
        record.trial = trial
        return cause.tellStanding(
          record,
          () => activeChild(record.roaming) === effect.candidate,
          'newConfigurationActivated',
          trial,
        )
      }
      case 'log':
        return this.#host.log(effect.event, { session: record.target, ...effect.detail })
      case 'error':
        return this.#desk.raise(cause, record, effect.failure, effect.doing, effect.child)
      case 'settle':
        return this.#desk.settle(cause, record, effect)
      case 'answer': {
        const resolve = record.answers.get(effect.call)
        record.answers.delete(effect.call)
        cause.settlements.push(() => resolve?.(effect.tookEffect))
        return
      }
      case 'tellEnd':
        return this.#host.post((later) => this.feed(later, record, { type: 'ended' }))
    }
  }

  #startTimer(cause: Cause, record: SessionRecord, timer: RoamingTimer, doublings: number): void {
    const ms = this.#duration(record, timer, doublings)
    if (timer === 'reopen') cause.tell(record, 'reopening', doublings + 1, ms)
    if (ms === 0) return this.feed(cause, record, { type: 'timer', timer })
    record.timers.get(timer)?.stop()
    const run = (later: Cause) => {
      record.timers.delete(timer)
      this.feed(later, record, { type: 'timer', timer })
    }
    record.timers.set(timer, new PausableTimer(this.#host, ms, run))
  }

  /** The clock's time at which a timer is over; `null` while it is paused. */
  #endOf(record: SessionRecord, timer: RoamingTimer): number | null {
    const running = record.timers.get(timer)
    return running === undefined || running.isPaused ? null : this.#host.times.clock.now() + running.left
  }

  /** A trial's deadline moves while the service is away, or while it is not known whether it is stopped (rules S14, S11). */
  #noteDeadlines(record: SessionRecord, timer: RoamingTimer): void {
    if (timer !== 'trial' || record.trialData === null) return
    record.trialData = Object.freeze({ ...record.trialData, deadline: this.#endOf(record, timer) })
    record.trial = this.#trial(record, record.trialData)
  }

  #duration(record: SessionRecord, timer: RoamingTimer, doublings: number): number {
    const { times } = this.#host
    switch (timer) {
      case 'wait': {
        const { catalogue } = this.#host
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
        const { better } = this.#host.networkView(record)
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
