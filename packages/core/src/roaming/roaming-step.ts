import type { Failure } from '../links/failure.js'
import { pauseDeadline, resumeDeadline, withDeadline, withoutDeadline } from '../primitives/deadlines.js'
import { type CallId, LifecycleStep } from '../sessions/lifecycle.js'
import type { Doing } from '../sessions/session-error.js'
import { childOf, isSameLink } from './roaming-candidates.js'
import type { RoamingClock, RoamingEffect } from './roaming-messages.js'
import type { ChildView, NetworkView, Roam, RoamingState, RoamingTimer } from './roaming-state.js'

/**
 * A session on a service network in the middle of a step: a private copy, changed in place and never seen before the step is
 * over. What every phase of it does the same way.
 */
export class RoamingStep extends LifecycleStep<RoamingEffect> {
  readonly view: NetworkView
  readonly clock: RoamingClock
  /** The service is back since the step before. */
  isBack = false
  override session: { -readonly [Key in keyof RoamingState]: RoamingState[Key] }

  constructor(session: RoamingState, view: NetworkView, clock: RoamingClock) {
    super()
    this.session = { ...session }
    this.view = view
    this.clock = clock
  }

  protected override get reopening() {
    return this.clock.times
  }

  child(id: string | null): ChildView | null {
    return childOf(this.view, id)
  }

  link(child: string, does: 'hold' | 'holdFree' | 'retryNot' | 'drop' | 'stop'): void {
    this.effects.push({ type: 'link', child, does })
  }

  retry(child: string, as: 'ours' | 'system'): void {
    this.effects.push({ type: 'link', child, does: 'retry', asSystem: as === 'system' })
  }

  drop(child: string): void {
    this.session.leaving = new Set(this.session.leaving).add(child)
    this.link(child, 'drop')
  }

  override startTimer(timer: RoamingTimer, ms: number): void {
    const { session } = this
    session.deadlines = withDeadline(session.deadlines, timer, { at: this.clock.now + ms })
  }

  pauseTimer(timer: RoamingTimer): void {
    const { session } = this
    session.deadlines = pauseDeadline(session.deadlines, timer, this.clock.now)
  }

  /** Runs the rest of a time that was paused, and otherwise all of it. */
  resumeTimer(timer: RoamingTimer, ms: number): void {
    const { session } = this
    if (!session.deadlines.has(timer)) return this.startTimer(timer, ms)
    session.deadlines = resumeDeadline(session.deadlines, timer, this.clock.now)
  }

  override stopTimer(timer: RoamingTimer): void {
    this.session.deadlines = withoutDeadline(this.session.deadlines, timer)
  }

  startRoaming(to: ChildView, because: 'better' | 'loss'): void {
    this.effects.push({ type: 'roamingStarted', from: this.session.current, to: to.id, because })
  }

  override error(why: Failure, doing: Doing, child: string | null = null): void {
    this.effects.push({ type: 'error', failure: why, doing, child })
  }

  answer(call: CallId, tookEffect: boolean): void {
    this.effects.push({ type: 'answer', call, tookEffect })
  }

  answerRoamCalls(tookEffect: boolean): void {
    for (const call of this.session.roamCalls) this.answer(call, tookEffect)
    this.session.roamCalls = []
  }

  failRoamCalls(): void {
    this.answerRoamCalls(false)
  }

  /** Sets what is under way, and lets its deadline run. */
  setRoam(roam: Roam | null): void {
    const { session } = this
    const before = session.roam
    session.roam = roam
    if (before?.kind === 'lost') this.stopTimer('grace')
    // What is paused keeps the rest of its time for the next offer (rule S14).
    const isPaused = roam?.kind === 'paused' || (before?.kind === 'paused' && roam?.kind === 'offer')
    if (((before?.kind === 'offer' && before.loss) || before?.kind === 'paused') && !isPaused)
      this.stopTimer('offer')
    if (roam?.kind === 'paused') this.pauseTimer('offer')
    if (before?.kind === 'trial') this.stopTimer('trial')
    if (roam?.kind === 'lost') this.startTimer('grace', this.clock.times.lossGrace)
    if (roam?.kind === 'offer' && roam.loss) this.resumeTimer('offer', this.clock.times.offerTimeout)
    if (roam?.kind === 'trial') this.startTimer('trial', this.clock.times.trialTimeout)
  }

  withdrawOffer(): void {
    const { roam } = this.session
    if (roam?.kind === 'offer') this.effects.push({ type: 'offerWithdrawn', candidate: roam.candidate })
  }

  dwellOn(id: string | null): void {
    if (this.session.dwelling === null && id === null) return
    this.stopTimer('dwell')
    this.session.dwelling = id === null ? null : { id, isOver: false }
    if (id === null) return
    const preferred = this.view.better.find(({ identifier }) => identifier === id)
    this.startTimer('dwell', preferred?.dwell ?? 0)
  }

  offer(child: ChildView, because: 'better' | 'loss'): void {
    const loss = because === 'loss'
    const isSeamless = !loss && isSameLink(this.child(this.session.current), child)
    // Before the deadline runs: it may be none.
    this.effects.push({ type: 'offered', candidate: child.id, isSeamless, loss })
    this.setRoam({ kind: 'offer', candidate: child.id, isSeamless, loss })
  }

  migrate({ id }: ChildView, { forced, loss }: { forced: boolean; loss: boolean }): void {
    const { session } = this
    session.currentWasOurs = this.child(session.current)?.isOurs ?? false
    this.setRoam({ kind: 'migrating', candidate: id, forced, loss })
    this.link(id, 'holdFree')
  }
}
