import { NO_DEADLINES } from '../primitives/time/deadlines.js'
import { type CallId, LifecycleStep, type Writable } from '../sessions/lifecycle.js'
import { childOf, countOpenable, isSameLink } from './roaming-candidates.js'
import type { RoamingClock, RoamingEffect } from './roaming-messages.js'
import {
  type ChildView,
  type Migration,
  type NetworkView,
  type OpeningRoaming,
  type OpenRoaming,
  type Roam,
  type RoamingState,
  type RoamingTimer,
  roamOf,
  type Stage,
} from './roaming-state.js'

/** The same in one phase. */
export interface OpeningStep extends RoamingStep {
  session: Writable<OpeningRoaming>
}
export interface OpenStep extends RoamingStep {
  session: Writable<OpenRoaming>
}

/**
 * A session on a service network in the middle of a step: a private copy, changed in place and never seen before the step is
 * over. What every phase of it does the same way.
 */
export class RoamingStep extends LifecycleStep<RoamingEffect, RoamingTimer> {
  readonly view: NetworkView
  override readonly clock: RoamingClock
  /** The service is back since the step before. */
  isBack = false
  override session: Writable<RoamingState>

  constructor(session: RoamingState, view: NetworkView, clock: RoamingClock) {
    super()
    this.session = { ...session }
    this.view = view
    this.clock = clock
  }

  isOpening(): this is OpeningStep {
    return this.session.phase === 'opening'
  }

  isOpen(): this is OpenStep {
    return this.session.phase === 'open'
  }

  /** The session is in another phase, and the times of the one before are over. */
  enter(stage: Stage): void {
    const { by, opens, again, closes, stops, keepOpen, wasOpen, reopenings } = this.session
    const { strikes, leaving, wasAway } = this.session
    const openable = countOpenable(this.view)
    const calls = { opens, again, closes, stops }
    const kept = { by, keepOpen, wasOpen, reopenings, strikes, leaving, wasAway }
    this.session = { openable, deadlines: NO_DEADLINES, ...calls, ...kept, ...stage }
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

  startRoaming(this: OpenStep, to: ChildView, because: 'better' | 'loss'): void {
    this.effects.push({ type: 'roamingStarted', from: this.session.current, to: to.id, because })
  }

  answer(calls: readonly CallId[], { tookEffect }: { readonly tookEffect: boolean }): void {
    for (const call of calls) this.effects.push({ type: 'answer', call, tookEffect })
  }

  /** An offer is withdrawn, and callers that wait for a roam hear that it had no effect. `setRoam` or `enter` comes next. */
  cancelRoam(): void {
    const roam = roamOf(this.session)
    if (roam?.kind === 'offer') this.effects.push({ type: 'offerWithdrawn', candidate: roam.candidate })
    if (roam !== null && 'calls' in roam) this.answer(roam.calls, { tookEffect: false })
  }

  /** Sets what is under way, and lets its deadline run. */
  setRoam(this: OpenStep, roam: Roam | null): void {
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

  /** That child was lost while in use, or is left because it is bad (rule L3). */
  noteRelapse(child: string, because: 'lost' | 'bad'): void {
    this.effects.push({ type: 'relapsed', child, because })
  }

  dwellOn(this: OpenStep, id: string | null): void {
    if (this.session.dwelling === null && id === null) return
    this.stopTimer('dwell')
    this.session.dwelling = id
    if (id === null) return
    const preferred = this.view.better.find(({ identifier }) => identifier === id)
    const { current } = this.session
    if (preferred?.isHint) this.effects.push({ type: 'recheck', child: current })
    this.startTimer('dwell', preferred?.dwell ?? 0)
  }

  offer(this: OpenStep, child: ChildView, because: 'better' | 'loss'): void {
    const loss = because === 'loss'
    const isSeamless = !loss && isSameLink(this.child(this.session.current), child)
    // Before the deadline runs: it may be none.
    this.effects.push({ type: 'offered', candidate: child.id, isSeamless, loss })
    this.setRoam({ kind: 'offer', candidate: child.id, isSeamless, loss })
  }

  migrate(this: OpenStep, child: ChildView, how: Pick<Migration, 'forced' | 'loss' | 'calls'>): void {
    const currentWasOurs = this.child(this.session.current)?.isOurs ?? false
    const wasUp = child.carrying
    this.setRoam({ kind: 'migrating', candidate: child.id, wasUp, currentWasOurs, ...how })
    this.link(child.id, 'holdFree')
  }
}
