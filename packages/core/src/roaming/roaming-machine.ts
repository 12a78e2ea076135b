import type { LinkNotice } from '../links/link-messages.js'
import { type Doing, type Failure, failure } from '../sessions/session-error.js'
import type { CallId, Outcome } from '../sessions/session-machine.js'
import {
  candidateAfterLoss,
  childOf,
  failureOfAll,
  isLost,
  isReadmitted,
  isSameDevice,
  isSameLink,
  nextToOpen,
  preferredChild,
} from './roaming-candidates.js'
import type { RoamingEffect, RoamingInput, RoamingTimer } from './roaming-messages.js'
import {
  activeChild,
  type ChildView,
  type Exclusion,
  type NetworkView,
  type Roam,
  type RoamingState,
} from './roaming-state.js'

/** One step of a session on a service network: what it becomes, and what has to be done about it, in order. */
export function reduceRoaming(
  session: RoamingState,
  input: RoamingInput,
  view: NetworkView,
): readonly [RoamingState, readonly RoamingEffect[]] {
  const step = new Step(session, view)
  step.take(input)
  return [step.session, step.effects]
}

const DONE: Outcome = { type: 'done' }

/**
 * A session in the middle of a step: a private copy, changed in place and never seen before the step is over. Longer than
 * other files, because every transition of roaming is best read in one place; what it asks of the world is in
 * `roaming-candidates.ts`.
 */
class Step {
  readonly effects: RoamingEffect[] = []
  readonly view: NetworkView
  /** The service is back since the step before. */
  #isBack = false
  session: { -readonly [Key in keyof RoamingState]: RoamingState[Key] }

  constructor(session: RoamingState, view: NetworkView) {
    this.session = { ...session }
    this.view = view
  }

  take(input: RoamingInput): void {
    switch (input.type) {
      case 'open':
        return this.#open(input.call, input.keepOpen)
      case 'giveUp':
        return this.#giveUp(input.call)
      case 'close':
        return this.#close(input.call)
      case 'stop':
        return this.#stop(input.call)
      case 'migrate':
        return this.#migrateCall(input.call)
      case 'accept':
        return this.#answer(input.call, this.#accept())
      case 'reject':
        return this.#rejectCall(input.call)
      case 'ignore':
        return this.#answer(input.call, this.#ignore())
      case 'notice':
        return this.#notice(input.child, input.notice)
      case 'look':
        return this.#look()
      case 'ended':
        if (this.session.isRestarting) {
          this.session.isRestarting = false
          return this.#begin()
        }
        if (this.session.ending?.isDown) this.session.ending = null
        return this.#look()
      case 'timer':
        return this.#timer(input.timer)
    }
  }

  // ── opening and closing ──

  #open(call: CallId, keepOpen: boolean): void {
    const { session } = this
    if (session.phase === 'open' && session.isStopping) {
      session.again = [...session.again, { call, keepOpen }]
      return
    }
    session.keepOpen ||= keepOpen
    if (session.phase === 'open' && session.roam?.kind !== 'lost') return this.#settle(call, 'open', DONE)
    session.opens = [...session.opens, call]
    if (session.phase === 'open') {
      // In lossGrace one activation is tried (rule S6).
      if (session.opens.length === 1 && session.current !== null) this.#retry(session.current, false)
      return
    }
    if (session.phase === 'opening') return
    this.#begin()
  }

  #begin(): void {
    const { session } = this
    if (session.reopenings > 0) this.#stopTimer('reopen')
    session.phase = 'opening'
    session.ending = null
    session.tried = []
    session.failures = []
    this.#openNext()
  }

  /** The next child to try, or the end of the opening (rule R1). */
  #openNext(): void {
    const { session } = this
    const next = nextToOpen(session, this.view)
    if (next !== null) {
      session.current = next.id
      session.tried = [...session.tried, next.id]
      return this.#link(next.id, 'hold')
    }
    session.current = null
    // Nothing is known any more: it waits for the service, within connectTimeout (rule S14).
    if (!this.view.ready && session.failures.length === 0) return this.#startTimer('wait')
    session.phase = 'closed'
    const why = failureOfAll(session.failures)
    this.#error(why, 'open')
    this.#settleOpens({ type: 'failed', failure: why })
    // Kept open is what once was open: a first opening that fails is over.
    if (session.reopenings > 0) this.#scheduleReopening()
    else session.keepOpen = false
  }

  #scheduleReopening(): void {
    const { session } = this
    if (session.stops.length > 0) session.keepOpen = false
    if (!session.keepOpen) return
    session.reopenings += 1
    this.effects.push({ type: 'startTimer', timer: 'reopen', doublings: session.reopenings - 1 })
  }

  #keepNoLonger(): void {
    const { session } = this
    if (session.reopenings > 0) this.#stopTimer('reopen')
    session.keepOpen = false
    session.reopenings = 0
  }

  #giveUp(call: CallId): void {
    const { session } = this
    session.again = session.again.filter((other) => other.call !== call)
    if (!session.opens.includes(call)) return
    session.opens = session.opens.filter((other) => other !== call)
    // In lossGrace nobody wants the activation tried any more (rule S6).
    if (session.opens.length === 0 && session.roam?.kind === 'lost' && session.current !== null)
      return this.#link(session.current, 'retryNot')
    if (session.opens.length > 0 || session.phase !== 'opening' || session.reopenings > 0) return
    this.#keepNoLonger()
    this.#leave()
  }

  #close(call: CallId): void {
    const { session } = this
    this.#keepNoLonger()
    session.closes = [...session.closes, call]
    if (session.phase === 'closed') {
      if (session.leaving.size === 0) this.#settleLeavers()
      return
    }
    this.#settleOpens({ type: 'aborted', failure: failure('ERR_CLOSED', 'cancelled') })
    this.#leave()
    if (session.leaving.size === 0) this.#settleLeavers()
  }

  /** `stop()` takes the child in use down for everybody; a second one follows its holders (rule R18). */
  #stop(call: CallId): void {
    const { session } = this
    if (session.phase === 'closed') {
      this.#keepNoLonger()
      return this.#settle(call, 'stop', DONE)
    }
    if (!this.view.ready) return this.#refuseStop(call)
    session.stops = [...session.stops, call]
    if (session.phase === 'opening') {
      this.#keepNoLonger()
      this.#settleOpens({ type: 'aborted', failure: failure('ERR_CLOSED', 'stopped') })
      this.#leave()
      if (session.leaving.size === 0) this.#settleLeavers()
      return
    }
    const { roam } = session
    this.#withdrawOffer()
    this.#failRoamCalls()
    // A trial stands, and the old child stays held, until it is known that the system stops the new one (rule S11).
    if (roam?.kind === 'trial') this.#pauseTimer('trial')
    else {
      if (roam?.kind === 'migrating') this.#drop(roam.candidate)
      this.#setRoam(null)
    }
    session.isStopping = true
    const active = activeChild(session)
    if (active !== null) this.#link(active, 'stop')
  }

  /** While the service is away nothing is stopped, and nothing else changes (rules S14, S11). */
  #refuseStop(call: CallId): void {
    const why = failure('ERR_SERVICE_LOST', 'serviceLost')
    this.#error(why, 'stop')
    this.#settle(call, 'stop', { type: 'failed', failure: why })
  }

  /** Whatever is held is let go of: `closed`, if it was open (rule R16). */
  #leave(): void {
    const { session } = this
    const wasOpen = session.phase === 'open'
    this.#withdrawOffer()
    this.#failRoamCalls()
    this.#abortAgain(failure('ERR_CLOSED', 'cancelled'))
    const { current, roam } = session
    const active = roam?.kind === 'trial' ? roam.candidate : current
    if (session.phase === 'opening' && current === null) this.#stopTimer('wait')
    if (roam?.kind === 'migrating' || roam?.kind === 'trial') this.#drop(roam.candidate)
    if (current !== null) this.#drop(current)
    this.#setRoam(null)
    this.#reset()
    if (active !== null) session.ending = { id: active, isDown: false }
    if (wasOpen) this.effects.push({ type: 'closed' })
    this.#watchEnding()
  }

  #reset(): void {
    const { session } = this
    session.phase = 'closed'
    session.current = null
    session.isStopping = false
    session.isRestarting = false
    session.isGraceSpent = false
    session.ignored = []
    session.tried = []
    this.#dwellOn(null)
    for (const id of session.excluded.keys()) this.effects.push({ type: 'stopTimer', timer: `retry ${id}` })
    session.excluded = new Map()
  }

  /** The session ends against its will (rules R11, S12 to S14). */
  #end(why: Failure, doing: 'keep' | 'roam'): void {
    this.#error(why, doing)
    this.#settleOpens({ type: 'failed', failure: why })
    this.#leave()
    this.#scheduleReopening()
  }

  // ── what links tell ──

  #notice(child: string, notice: LinkNotice): void {
    const { session } = this
    const { roam } = session
    const isCandidate = (roam?.kind === 'migrating' || roam?.kind === 'trial') && roam.candidate === child
    switch (notice.type) {
      case 'granted':
        return this.#granted(child)
      case 'failed':
      case 'cancelled': {
        const why = notice.type === 'failed' ? notice.failure : failure('ERR_CLOSED', 'stopped')
        if (isCandidate) return this.#candidateFailed(why)
        if (child !== session.current) return
        if (session.phase === 'opening') {
          session.failures = [...session.failures, why]
          return this.#openNext()
        }
        if (roam?.kind === 'returning') return this.#lost()
        if (roam?.kind === 'lost' && session.opens.length > 0) return this.#end(why, 'keep')
        return
      }
      case 'stopped':
        if (child === activeChild(session) && (session.isStopping || notice.caller)) return this.#stopped()
        if (isCandidate) {
          this.#exclude(child, 'stopped')
          return this.#candidateFailed(failure('ERR_CLOSED', 'stopped'))
        }
        if (child !== session.current || session.phase !== 'open') return
        // In lossGrace the grace ends for all (rule S9a).
        if (roam?.kind === 'lost' && notice.wasLost) {
          this.#keepNoLonger()
          return this.#end(failure('ERR_CLOSED', 'stopped'), 'keep')
        }
        this.#exclude(child, 'stopped')
        // In migrating and trial the old one is gone, which shows when it is wanted back (rule R20).
        if (roam?.kind !== 'migrating' && roam?.kind !== 'trial') this.#lost()
        return
      case 'stopAsked':
        if (session.isStopping && child === activeChild(session))
          this.#abortAgain(failure('ERR_CLOSED', 'stopped'))
        return
      case 'stopRefused':
        session.isStopping = false
        if (session.roam?.kind === 'trial') this.#resumeTimer('trial')
        this.#error(notice.failure, 'stop')
        for (const call of session.stops)
          this.#settle(call, 'stop', { type: 'failed', failure: notice.failure })
        session.stops = []
        for (const { call, keepOpen } of session.again) {
          session.keepOpen ||= keepOpen
          this.#settle(call, 'open', DONE)
        }
        session.again = []
        return this.#look()
      case 'leftUp':
        return this.#error(notice.failure, 'close', child)
      case 'settled': {
        session.leaving = new Set([...session.leaving].filter((id) => id !== child))
        // What was to be stopped is gone (rule S13).
        if (session.isStopping && child === activeChild(session)) return this.#stopped()
        // Also where it was opened again meanwhile (rule S8).
        if (session.leaving.size === 0 && !session.isStopping) this.#settleLeavers()
      }
    }
  }

  /** Our own `stop()` has taken the child down (rule R18). */
  #stopped(): void {
    const { session } = this
    const { current, again } = session
    const active = activeChild(session)
    session.again = []
    this.#keepNoLonger()
    this.#settleOpens({ type: 'aborted', failure: failure('ERR_CLOSED', 'stopped') })
    this.#setRoam(null)
    this.#reset()
    if (current !== null) this.#drop(current)
    if (active !== null && active !== current) this.#drop(active)
    if (active !== null) session.ending = { id: active, isDown: true }
    this.effects.push({ type: 'closed' }, { type: 'tellEnd' })
    if (again.length === 0) return
    session.opens = again.map(({ call }) => call)
    session.keepOpen = again.some(({ keepOpen }) => keepOpen)
    session.phase = 'opening'
    session.ending = null
    session.isRestarting = true
  }

  #granted(child: string): void {
    const { session } = this
    const { roam } = session
    if (session.phase === 'opening' && child === session.current) {
      session.phase = 'open'
      session.reopenings = 0
      session.tried = []
      session.failures = []
      this.effects.push({ type: 'opened' })
      this.#settleOpens(DONE)
    } else if (roam?.kind === 'migrating' && roam.candidate === child) {
      if (roam.forced) this.#moveTo(child)
      else {
        this.effects.push({ type: 'trialBegun', candidate: child })
        this.#setRoam({ kind: 'trial', candidate: child, loss: roam.loss })
        this.#answerRoamCalls(true)
      }
    } else if (child === session.current && this.#isWanted(roam)) {
      this.#connected()
    }
  }

  /** Whether the current child, which is not there, is all that is waited for. */
  #isWanted(roam: Roam | null): boolean {
    return roam?.kind === 'returning' || roam?.kind === 'lost' || roam?.kind === 'paused'
  }

  /** The current child carries (again). */
  #connected(): void {
    const { session } = this
    const { roam } = session
    session.isGraceSpent = false
    this.#setRoam(null)
    session.tried = []
    if (roam?.kind === 'returning') this.#answerRoamCalls(roam.rejected)
    this.#settleOpens(DONE)
  }

  /** The candidate is the current child now, and the old one is released (rules R4, R7). */
  #moveTo(child: string): void {
    const { session } = this
    if (session.current !== null) this.#drop(session.current)
    session.current = child
    session.isGraceSpent = false
    session.tried = []
    session.ignored = []
    session.strikes = new Map([...session.strikes].filter(([id]) => id !== child))
    this.#forgive(child)
    this.#setRoam(null)
    this.#settleOpens(DONE)
  }

  // ── looking at the world ──

  #look(): void {
    const { session, view } = this
    this.#isBack = session.wasAway && view.ready
    session.wasAway = !view.ready
    // The last listener left (rule R21).
    if (session.wasConsulted && !view.consulted) session.ignored = []
    session.wasConsulted = view.consulted
    this.#readmit()
    if (session.phase === 'closed') {
      // Nobody waits for the links of what is gone (rule S13).
      if (!view.present) this.#settleLeavers()
      this.#watchEnding()
      const isBackUp = view.ready && view.children.some(({ carrying }) => carrying)
      if (session.reopenings > 0 && session.ending === null && isBackUp) this.#begin()
      return
    }
    if (!view.present) return this.#removed()
    if (session.phase === 'opening' && session.current === null && view.ready && !session.isRestarting) {
      this.#stopTimer('wait')
      return this.#openNext()
    }
    if (session.phase !== 'open' || session.isStopping) return
    if (!view.ready) return this.#lookWithoutService()
    if (this.#isBack) this.#resumeTimers()
    const current = this.#child(session.current)
    const { roam } = session
    switch (roam?.kind) {
      case undefined:
        return isLost(current) ? this.#lost() : this.#consider()
      case 'offer':
        return this.#lookAtOffer(roam, current)
      case 'migrating':
        if (roam.loss && current?.carrying) {
          this.#drop(roam.candidate)
          this.#failRoamCalls()
          this.#connected()
        } else if (isLost(this.#child(roam.candidate)) && !this.#child(roam.candidate)?.present)
          this.#candidateFailed(failure('ERR_CLOSED', 'removed'))
        return
      case 'trial':
        if (isLost(this.#child(roam.candidate))) this.#candidateFailed(failure('ERR_CLOSED', 'lost'))
        return
      case 'returning':
        if (current?.present !== true) this.#lost()
        else if (current.carrying) this.#connected()
        return
      case 'paused':
        if (current?.carrying) this.#connected()
        else this.#roamAfterLoss()
        return
      case 'lost':
        if (current?.carrying) this.#connected()
        else if (!roam.ignored) this.#roamAfterLoss()
    }
  }

  /** The service network was removed: an opening fails, what is open ends, nobody waits any more (rule S13). */
  #removed(): void {
    const { session } = this
    // On its way down already: what was to be opened again finds out that it is gone (rule S6).
    if (session.phase === 'open' && session.isStopping) this.#stopped()
    else if (session.phase === 'open') this.#end(failure('ERR_CLOSED', 'removed'), 'keep')
    else {
      const why = failure('ERR_UNKNOWN_CONFIGURATION', 'removed')
      this.#error(why, 'open')
      this.#settleOpens({ type: 'failed', failure: why })
      this.#leave()
      if (session.reopenings > 0) this.#scheduleReopening()
      else session.keepOpen = false
    }
    this.#settleLeavers()
  }

  /** While the service is away, offers are withdrawn, times stand still and nothing is decided; then all of it ends (rule S14). */
  #lookWithoutService(): void {
    const { session, view } = this
    const { roam } = session
    if (view.lapsed) return this.#end(failure('ERR_CLOSED', 'serviceLost'), 'keep')
    this.#withdrawOffer()
    if (roam?.kind === 'offer') this.#setRoam(roam.loss ? { kind: 'paused', hadCandidate: true } : null)
    if (roam?.kind === 'lost') this.#pauseTimer('grace')
    if (roam?.kind === 'trial') this.#pauseTimer('trial')
    this.#dwellOn(null)
  }

  #resumeTimers(): void {
    const { roam } = this.session
    if (roam?.kind === 'lost') this.#resumeTimer('grace')
    if (roam?.kind === 'trial') this.#resumeTimer('trial')
  }

  #lookAtOffer(offer: Roam & { kind: 'offer' }, current: ChildView | null): void {
    const { session, view } = this
    if (!offer.loss && isLost(current)) return this.#lost()
    if (offer.loss && current?.carrying) {
      this.#withdrawOffer()
      return this.#connected()
    }
    if (!view.consulted) {
      this.#withdrawOffer()
      this.#setRoam(null)
      if (offer.loss) return this.#roamAfterLoss()
      return this.#consider()
    }
    if (offer.loss) {
      if (candidateAfterLoss(session, view)?.id === offer.candidate) return
      this.#withdrawOffer()
      return this.#roamAfterLoss()
    }
    if (preferredChild(session, view)?.identifier === offer.candidate) return
    this.#withdrawOffer()
    this.#setRoam(null)
    this.#consider()
  }

  /** A better child: offered, or roamed to (rules R3, R4). */
  #consider(): void {
    const { session, view } = this
    session.ignored = session.ignored.filter((id) => view.better.some(({ identifier }) => identifier === id))
    const best = preferredChild(session, view)
    // On its way down by a `stop()`: what becomes of that comes first (rules S10, S11).
    const isLeaving = !this.#child(session.current)?.carrying
    if (best === null || isLeaving || (!view.consulted && !view.forced)) return this.#dwellOn(null)
    const child = this.#child(best.identifier)
    if (child === null) return
    if (best.dwell > 0) {
      if (session.dwelling?.id !== child.id) this.#dwellOn(child.id)
      if (!session.dwelling?.isOver) return
    }
    this.#dwellOn(null)
    this.#log('roaming', { to: child.id, from: session.current, because: best.because })
    if (view.consulted) this.#offer(child, false)
    else this.#migrate(child, { forced: true, loss: false })
  }

  // ── roaming ──

  #offer(child: ChildView, loss: boolean): void {
    const isSeamless = !loss && isSameLink(this.#child(this.session.current), child)
    // Before the deadline runs: it may be none.
    this.effects.push({ type: 'offered', candidate: child.id, isSeamless, loss })
    this.#setRoam({ kind: 'offer', candidate: child.id, isSeamless, loss })
  }

  #withdrawOffer(): void {
    const { roam } = this.session
    if (roam?.kind === 'offer') this.effects.push({ type: 'offerWithdrawn', candidate: roam.candidate })
  }

  #migrateCall(call: CallId): void {
    const { session } = this
    const { roam } = session
    const child = roam?.kind === 'offer' ? this.#child(roam.candidate) : null
    if (roam?.kind !== 'offer' || child === null) return this.#answer(call, false)
    session.roamCalls = [...session.roamCalls, call]
    this.#migrate(child, { forced: false, loss: roam.loss })
  }

  #migrate({ id }: ChildView, { forced, loss }: { forced: boolean; loss: boolean }): void {
    const { session } = this
    session.currentWasOurs = this.#child(session.current)?.isOurs ?? false
    this.#setRoam({ kind: 'migrating', candidate: id, forced, loss })
    this.#link(id, 'holdFree')
  }

  /** Whether the application's word took effect. */
  #accept(): boolean {
    const { roam } = this.session
    if (roam?.kind !== 'trial' || this.session.isStopping) return false
    this.#moveTo(roam.candidate)
    return true
  }

  #rejectCall(call: CallId): void {
    const { session } = this
    const { roam } = session
    if (roam?.kind !== 'trial' || session.isStopping) return this.#answer(call, false)
    session.roamCalls = [...session.roamCalls, call]
    this.#exclude(roam.candidate, 'rejected')
    this.#drop(roam.candidate)
    this.#goBack(true)
  }

  #ignore(): boolean {
    const { session } = this
    const { roam } = session
    if (roam?.kind !== 'offer') return false
    if (roam.loss) {
      this.#stayLost({ hadCandidate: true, ignored: true })
    } else {
      session.ignored = [...session.ignored, roam.candidate]
      this.#setRoam(null)
    }
    return true
  }

  /** The candidate did not come up, or was lost (rule R12). */
  #candidateFailed(why: Failure): void {
    const { session } = this
    const { roam } = session
    if (roam?.kind !== 'migrating' && roam?.kind !== 'trial') return
    this.#drop(roam.candidate)
    if (!session.excluded.has(roam.candidate))
      this.#exclude(roam.candidate, why.reason === 'deviceBusy' ? 'busy' : 'failed')
    session.tried = [...session.tried, roam.candidate]
    this.#error(why, 'roam', roam.candidate)
    this.#goBack(false)
  }

  /** To the old child: as it is, brought up again where it had to go, or not at all (rules R8, R12). */
  #goBack(rejected: boolean): void {
    const { session } = this
    const { roam } = session
    const current = this.#child(session.current)
    const isGone = session.excluded.has(session.current ?? '')
    const wasLost = isGone || ((roam?.kind === 'migrating' || roam?.kind === 'trial') && roam.loss)
    if (current?.carrying) {
      this.#setRoam({ kind: 'returning', rejected })
      return this.#connected()
    }
    const candidate =
      roam?.kind === 'migrating' || roam?.kind === 'trial' ? this.#child(roam.candidate) : null
    const hadToGo = current !== null && candidate !== null && isSameDevice(current, candidate)
    if (current?.present && hadToGo && !wasLost && session.current !== null) {
      this.#setRoam({ kind: 'returning', rejected })
      return this.#retry(session.current, !session.currentWasOurs)
    }
    this.#failRoamCalls()
    if (wasLost) return this.#roamAfterLoss()
    this.#lost()
  }

  // ── loss ──

  /** The current child is lost (rule R11). */
  #lost(): void {
    const { session } = this
    this.#withdrawOffer()
    this.#failRoamCalls()
    this.#dwellOn(null)
    session.ignored = []
    session.isGraceSpent = this.#isBack || !this.view.ready
    if (session.roam !== null) this.#setRoam(null)
    this.#roamAfterLoss()
  }

  /** Open for lossGrace (rule R11); without one where the loss was found when the service was back (rule S14). */
  #stayLost(how: { readonly hadCandidate: boolean; readonly ignored: boolean }): void {
    if (!this.session.isGraceSpent) return this.#setRoam({ kind: 'lost', ...how })
    this.#setRoam(null)
    this.#end(failure('ERR_CLOSED', 'goneMeanwhile'), how.hadCandidate ? 'roam' : 'keep')
  }

  #roamAfterLoss(): void {
    const { session, view } = this
    const { roam } = session
    const hadCandidate =
      session.tried.length > 0 || roam?.kind === 'offer' || (roam?.kind === 'paused' && roam.hadCandidate)
    if (!view.ready) return this.#setRoam({ kind: 'paused', hadCandidate })
    const child = candidateAfterLoss(session, view)
    if (child === null) {
      if (roam?.kind === 'lost') return
      return this.#stayLost({ hadCandidate, ignored: false })
    }
    this.#log('roaming', { to: child.id, from: session.current, because: 'loss' })
    if (view.consulted) this.#offer(child, true)
    else this.#migrate(child, { forced: true, loss: true })
  }

  // ── time ──

  #timer(timer: RoamingTimer): void {
    const { session } = this
    const { roam } = session
    switch (timer) {
      case 'wait':
        if (session.phase !== 'opening' || session.current !== null) return
        session.failures = [failure('ERR_TIMED_OUT', 'timedOut')]
        return this.#openNext()
      case 'grace':
        if (roam?.kind !== 'lost') return
        return this.#end(failure('ERR_CLOSED', 'lost'), roam.hadCandidate ? 'roam' : 'keep')
      case 'offer':
        if (roam?.kind === 'offer' && roam.loss) {
          this.#withdrawOffer()
          this.#ignore()
        }
        return
      case 'trial':
        this.#accept()
        return this.#look()
      case 'reopen':
        if (session.phase === 'closed' && session.reopenings > 0) this.#begin()
        return
      case 'dwell':
        if (session.dwelling === null) return
        session.dwelling = { ...session.dwelling, isOver: true }
        return this.#look()
      default: {
        const id = timer.slice('retry '.length)
        const exclusion = session.excluded.get(id)
        if (exclusion === undefined) return
        session.excluded = new Map(session.excluded).set(id, { ...exclusion, isServed: true })
        return this.#look()
      }
    }
  }

  /** Sets what is under way, and lets its deadline run. */
  #setRoam(roam: Roam | null): void {
    const { session } = this
    const before = session.roam
    session.roam = roam
    if (before?.kind === 'lost') this.#stopTimer('grace')
    // What is paused keeps the rest of its time for the next offer (rule S14).
    const isPaused = roam?.kind === 'paused' || (before?.kind === 'paused' && roam?.kind === 'offer')
    if (((before?.kind === 'offer' && before.loss) || before?.kind === 'paused') && !isPaused)
      this.#stopTimer('offer')
    if (roam?.kind === 'paused') this.#pauseTimer('offer')
    if (before?.kind === 'trial') this.#stopTimer('trial')
    if (roam?.kind === 'lost') this.#startTimer('grace')
    if (roam?.kind === 'offer' && roam.loss) this.#resumeTimer('offer')
    if (roam?.kind === 'trial') this.#startTimer('trial')
  }

  #dwellOn(id: string | null): void {
    if (this.session.dwelling === null && id === null) return
    this.#stopTimer('dwell')
    this.session.dwelling = id === null ? null : { id, isOver: false }
    if (id !== null) this.#startTimer('dwell')
  }

  /**
   * No candidate for `retryAfter`, which doubles (rule R19); after a `stop()` until it is seen up again (rule S10); where somebody
   * holds the link on its device, until that carries something else (rule H5).
   */
  #exclude(id: string, reason: Exclusion['reason']): void {
    const { session } = this
    const rivals = this.#child(id)?.rivals ?? ''
    session.excluded = new Map(session.excluded).set(id, { reason, isServed: false, rivals })
    if (reason === 'stopped' || reason === 'busy') return
    const strikes = session.strikes.get(id) ?? 0
    session.strikes = new Map(session.strikes).set(id, strikes + 1)
    this.effects.push({ type: 'startTimer', timer: `retry ${id}`, doublings: strikes })
  }

  #forgive(id: string): void {
    const { session } = this
    if (!session.excluded.has(id)) return
    session.excluded = new Map([...session.excluded].filter(([other]) => other !== id))
    this.#stopTimer(`retry ${id}`)
  }

  /** Those whose time is over, or that were seen up (rules R19, S10). */
  #readmit(): void {
    const { session, view } = this
    for (const [id, exclusion] of session.excluded) if (isReadmitted(id, exclusion, view)) this.#forgive(id)
  }

  /** The end is shown until it is over, then the summary (rule R2). */
  #watchEnding(): void {
    const { session } = this
    if (session.ending === null || session.ending.isDown) return
    const child = this.#child(session.ending.id)
    if (child?.state === 'closing') return
    // Still up, because others hold it or it is the system's: nothing ends. Down: that is told, and then the summary.
    const isWindingDown = session.leaving.has(session.ending.id)
    if (child?.carrying) {
      if (!isWindingDown) session.ending = null
      return
    }
    session.ending = { ...session.ending, isDown: true }
    this.effects.push({ type: 'tellEnd' })
  }

  // ── small change ──

  #child(id: string | null): ChildView | null {
    return childOf(this.view, id)
  }

  #link(child: string, does: 'hold' | 'holdFree' | 'retryNot' | 'drop' | 'stop'): void {
    this.effects.push({ type: 'link', child, does })
  }

  #retry(child: string, asSystem: boolean): void {
    this.effects.push({ type: 'link', child, does: 'retry', asSystem })
  }

  #drop(child: string): void {
    this.session.leaving = new Set(this.session.leaving).add(child)
    this.#link(child, 'drop')
  }

  #startTimer(timer: RoamingTimer): void {
    this.effects.push({ type: 'startTimer', timer, doublings: 0 })
  }

  #pauseTimer(timer: RoamingTimer): void {
    this.effects.push({ type: 'pauseTimer', timer })
  }

  #resumeTimer(timer: RoamingTimer): void {
    this.effects.push({ type: 'resumeTimer', timer })
  }

  #stopTimer(timer: RoamingTimer): void {
    this.effects.push({ type: 'stopTimer', timer })
  }

  #log(event: string, detail: Readonly<Record<string, unknown>>): void {
    this.effects.push({ type: 'log', event, detail })
  }

  #error(why: Failure, doing: Doing, child: string | null = null): void {
    this.effects.push({ type: 'error', failure: why, doing, child })
  }

  #settle(call: CallId, doing: 'open' | 'close' | 'stop', outcome: Outcome): void {
    this.effects.push({ type: 'settle', call, doing, outcome })
  }

  #settleOpens(outcome: Outcome): void {
    const { session } = this
    for (const call of session.opens) this.#settle(call, 'open', outcome)
    session.opens = []
  }

  #abortAgain(why: Failure): void {
    const { session } = this
    for (const { call } of session.again) this.#settle(call, 'open', { type: 'aborted', failure: why })
    session.again = []
  }

  #settleLeavers(): void {
    const { session } = this
    for (const call of session.closes) this.#settle(call, 'close', DONE)
    for (const call of session.stops) this.#settle(call, 'stop', DONE)
    session.closes = []
    session.stops = []
  }

  #answer(call: CallId, tookEffect: boolean): void {
    this.effects.push({ type: 'answer', call, tookEffect })
  }

  #answerRoamCalls(tookEffect: boolean): void {
    for (const call of this.session.roamCalls) this.#answer(call, tookEffect)
    this.session.roamCalls = []
  }

  #failRoamCalls(): void {
    this.#answerRoamCalls(false)
  }
}
