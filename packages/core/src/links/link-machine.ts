import type { LinkConfiguration } from '../contract/index.js'
import type { LastClose } from '../manager-options.js'
import { PersistentMap } from '../primitives/persistent-map.js'
import { type Failure, failure, failureOfEnd } from '../sessions/session-error.js'
import type { LinkEffect, LinkInput, LinkNotice } from './link-messages.js'
import { carries, type HolderId, isBeingStopped, type LinkState, refusalToRise } from './link-state.js'

/** One step of a link: what it becomes, and what has to be done about it, in order. */
export function reduceLink(link: LinkState, input: LinkInput): readonly [LinkState, readonly LinkEffect[]] {
  const step = new Step(link)
  step.take(input)
  step.proceed()
  step.settle()
  return [step.link, step.effects]
}

/** A link in the middle of a step: a private copy, changed in place and never seen before the step is over. */
class Step {
  readonly effects: LinkEffect[] = []
  link: { -readonly [Key in keyof LinkState]: LinkState[Key] }

  constructor(link: LinkState) {
    this.link = { ...link }
  }

  take(input: LinkInput): void {
    switch (input.type) {
      case 'facts':
        this.link.lapsed = input.lapsed ?? false
        return this.#facts(input.facts, input.ready)
      case 'hold':
        return this.#hold(input.by, input.mayDisplace ?? true)
      case 'retry':
        return this.#retry(input.by, input.asSystem)
      case 'retryNot':
        this.link.retries = withoutKey(this.link.retries, input.by)
        if (this.link.attempt !== null && !this.#isWanted()) this.#cancelAttempt()
        return
      case 'drop':
        return this.#drop(input.by, input.lastClose)
      case 'stop':
        return this.#stop(input.by)
      case 'stoppingElsewhere':
        return this.#stoppingElsewhere(input.activation)
      case 'stopWordExpired':
        return this.#expireStopWord()
      case 'lockTaken':
        this.link.waitsForLock = false
        if (this.link.attempt !== null) this.effects.push({ type: 'resumeTimer', timer: 'attempt' })
        return
      case 'joined':
        this.link.command = null
        this.link.joined = true
        return
      case 'rose':
        this.link.owned = input.owned
        return this.#rose(input.activation, input.own)
      case 'notYet':
        this.link.command = null
        this.link.joined = true
        if (this.link.attempt !== null) this.link.attempt = { ...this.link.attempt, phase: 'due' }
        return this.#endTakingBack()
      case 'riseFailed':
        this.link.command = null
        this.link.joined = input.joined
        if (this.link.attempt === null) return this.#endDescent()
        // It answers a request that was given up: what is wanted again since is asked for now (rule S6).
        if (this.link.attempt.phase === 'due') return this.#endTakingBack()
        return this.#failAttempt(input.failure)
      case 'roseLate':
        this.link.joined = true
        return
      case 'falling':
        if (this.link.descent === null) this.#startDescent(input.activation, [])
        else this.link.descent = { ...this.link.descent, activation: input.activation }
        return this.#watchDescent()
      case 'fell':
        return this.#fell(input)
      case 'attemptTimedOut':
        this.#abandonRise()
        return this.#failAttempt(failure('ERR_TIMED_OUT', 'timedOut'))
      case 'descentTimedOut':
        // A cancelled opening that the system never answered: nobody waits for it any longer, and nobody is told (rule S7).
        if (this.link.command === 'rise') {
          this.#abandonRise()
          return this.#endDescent()
        }
        return this.#refuseDescent(failure('ERR_TIMED_OUT', 'timedOut'))
    }
  }

  /** Starts the next command, if one is due. */
  proceed(): void {
    const { link } = this
    if (link.command !== null) return
    if (!link.ready) {
      // Rule H6: it counts as holding from the call, also while the service is away.
      if (link.holds.isWanted && !link.joined) this.#command('join')
      return
    }
    if (link.stops.length > 0) {
      this.#startDescent(link.facts?.activation ?? null, link.stops)
      link.stops = []
      return this.#command('stop')
    }
    if (link.attempt?.phase === 'due') {
      if (link.descent !== null || link.facts?.link === 'deactivating') return
      link.attempt = { ...link.attempt, phase: 'requested' }
      this.#command('rise')
      return
    }
    // What is being stopped is down first: leaving it ends the wait for that (rule S10).
    const isStopping = (link.descent?.stoppers.length ?? 0) > 0
    if (link.holds.size === 0 && link.joined && !isStopping) this.#command('fall')
  }

  /** Tells those who left once nothing is being wound down for them any more (rule S8). */
  settle(): void {
    const { link } = this
    if (link.leaving.size === 0) return
    const windingDown =
      link.descent !== null ||
      link.command === 'fall' ||
      link.command === 'stop' ||
      (link.holds.size === 0 && (link.command !== null || link.joined))
    // What the service cannot do while it is away is done when it is back (H6); nobody waits for that.
    // Nor does anybody wait for the link of a configuration that is gone (rule S13).
    if (windingDown && link.ready && link.facts !== null) return
    const stopping = new Set([...link.stops, ...(link.descent?.stoppers ?? [])])
    for (const to of link.leaving.keys()) {
      if (stopping.has(to)) continue
      link.leaving = link.leaving.without(to)
      this.#tell(to, { type: 'settled' })
    }
  }

  #facts(facts: LinkConfiguration | null, ready: boolean): void {
    const { link } = this
    this.#watchOwned(facts, ready)
    const isUpAgain = link.facts?.link === 'deactivating' && facts?.link === 'up'
    link.facts = facts
    link.ready = ready
    if (isUpAgain && link.stoppedElsewhere !== null)
      this.effects.push({ type: 'startTimer', timer: 'stopWord' })
    if (!ready) {
      // Rule S14: activations under way fail; one that is only wanted waits for the service.
      if (link.attempt?.phase === 'rising') this.#failAttempt(failure('ERR_SERVICE_LOST', 'serviceLost'))
      for (const to of link.stops) this.#refuseStop(to, failure('ERR_SERVICE_LOST', 'serviceLost'))
      link.stops = []
      return
    }
    if (facts === null) return this.#gone()
    this.#watchDescent()
    this.#watchStopElsewhere()
    this.#watchAttempt()
  }

  /** What our sessions brought up has ended, or has survived a restart of the service under another activation (rule H1). */
  #watchOwned(facts: LinkConfiguration | null, ready: boolean): void {
    const { link } = this
    const { owned, facts: before } = link
    if (owned === null || facts === null || !ready) return
    const isOver = facts.ended?.activation === owned
    if (!isOver && (before?.activation !== owned || facts.activation === owned)) return
    const survived = !link.ready && !isOver && before?.link === 'up' && facts.link === 'up'
    if (survived && facts.activation !== null && facts.device === before.device) {
      link.owned = facts.activation
      this.effects.push({ type: 'carryOver', from: owned, to: facts.activation })
      return
    }
    link.owned = null
    link.over = owned
  }

  /** The configuration was removed (rule S13). */
  #gone(): void {
    const { link } = this
    for (const to of link.holds.wanting()) this.#fail(to, failure('ERR_UNKNOWN_CONFIGURATION', 'removed'))
    for (const to of link.stops) this.#tell(to, { type: 'settled' })
    link.stops = []
    this.#abandonRise()
    this.#dropAttempt()
    this.#endDescent()
  }

  #hold(by: HolderId, mayDisplace: boolean): void {
    const { link } = this
    link.roaming = mayDisplace ? link.roaming.without(by) : link.roaming.with(by, true)
    const refusal = this.link.ready ? refusalToRise(this.link.facts) : null
    if (refusal !== null) return this.#tell(by, { type: 'failed', failure: refusal })
    link.holds = link.holds.with(by, 'wanted')
    if (link.joined && link.ready && link.descent === null && link.command !== 'fall' && carries(link.facts))
      return this.#grant()
    this.#startAttempt()
  }

  #retry(by: HolderId, asSystem: boolean): void {
    const refusal = this.link.ready ? refusalToRise(this.link.facts) : null
    if (refusal !== null) return this.#tell(by, { type: 'failed', failure: refusal })
    this.link.retries = this.link.retries.with(by, asSystem ? 'system' : 'ours')
    this.#startAttempt()
  }

  #drop(by: HolderId, lastClose: LastClose): void {
    const { link } = this
    // An opening that is given up leaves nothing behind, whatever was to become of an open session's link (rule H6).
    link.lastClose = link.holds.get(by) === 'held' ? lastClose : 'restore'
    link.holds = withoutKey(link.holds, by)
    link.retries = withoutKey(link.retries, by)
    link.roaming = withoutKey(link.roaming, by)
    link.leaving = link.leaving.with(by, true)
    if (link.attempt !== null && !this.#isWanted()) this.#cancelAttempt()
  }

  #isWanted(): boolean {
    return this.link.retries.size > 0 || this.link.holds.isWanted
  }

  #stop(by: HolderId): void {
    const { link } = this
    if (!link.ready) return this.#refuseStop(by, failure('ERR_SERVICE_LOST', 'serviceLost'))
    if (isBeingStopped(link)) for (const to of link.holds.keys()) this.#tell(to, { type: 'stopAsked' })
    const isUp = link.facts !== null && link.facts.link !== 'down'
    // Rule S9a: openings are cancelled; where the link is already lost, its graces end here.
    const carried = carries(link.facts)
    for (const to of link.holds.wanting()) {
      link.holds = withoutKey(link.holds, to)
      this.#tell(to, { type: 'cancelled' })
    }
    if (!carried && !isUp)
      for (const to of link.holds.keys()) this.#tellStopped(to, { stoppers: [by], wasLost: true })
    link.retries = new PersistentMap()
    link.leaving = link.leaving.with(by, true)
    if (link.attempt !== null) this.#cancelAttempt()
    if (!isUp) {
      // Others may wait for it to come back.
      const over = link.facts?.ended ?? null
      if (over !== null) this.effects.push({ type: 'tellStopped', activation: over.activation })
      return
    }
    if (link.descent !== null && link.command === 'stop')
      link.descent = { ...link.descent, stoppers: [...link.descent.stoppers, by] }
    else link.stops = [...link.stops, by]
    // The state is `closing` from now on (rule S10).
    if (link.descent === null) this.#startDescent(link.facts?.activation ?? null, [])
  }

  #rose(activation: string, own: boolean): void {
    const { link } = this
    link.command = null
    link.joined = true
    if (link.attempt === null) return
    this.#endTakingBack()
    // It answers a request that was given up, and is being stopped: what is wanted since waits for the end of that (rule S6).
    const isOlder = link.attempt.phase === 'due'
    if (isOlder && (link.descent !== null || link.stops.length > 0)) return
    link.attempt = { ...link.attempt, phase: 'rising', activation, own: own || link.attempt.own, seen: false }
    this.#watchAttempt()
  }

  /** What the facts say about the activation that is waited for. */
  #watchAttempt(): void {
    const { facts, attempt } = this.link
    if (attempt?.phase !== 'rising' || facts === null) return
    if (carries(facts) && this.link.descent === null) return this.#grant()
    const ended = facts.ended?.activation === attempt.activation ? facts.ended : null
    const vanished = attempt.seen && facts.link === 'down'
    if (ended !== null || vanished || (!attempt.own && facts.link === 'down')) {
      if (!attempt.own)
        this.link.attempt = { ...attempt, phase: 'due', activation: null, own: true, seen: false }
      else
        this.#failAttempt(
          ended === null
            ? failure('ERR_ACTIVATION_FAILED', 'other')
            : failureOfEnd(ended.reason, ended.native),
        )
      return
    }
    if (facts.activation !== null)
      this.link.attempt = { ...attempt, activation: facts.activation, seen: true }
  }

  #grant(): void {
    const { link } = this
    const waiting = this.#waiting()
    for (const by of waiting) link.holds = link.holds.with(by, 'held')
    link.retries = new PersistentMap()
    this.#dropAttempt()
    for (const to of waiting) this.#tell(to, { type: 'granted' })
  }

  /** Those that the attempt is for: openings, and holders that lost the link and try it again. */
  #waiting(): readonly HolderId[] {
    const { holds, retries } = this.link
    return [...holds.wanting(), ...retries.keys().filter((by) => holds.get(by) === 'held')]
  }

  #startAttempt(): void {
    if (this.link.attempt !== null) return
    this.link.attempt = { phase: 'due', activation: null, own: false, seen: false }
    this.effects.push({ type: 'startTimer', timer: 'attempt' })
    // The command of an attempt before this one will do for it, and its wait for the lock does not count either.
    if (this.link.command === 'rise' && this.link.waitsForLock)
      this.effects.push({ type: 'pauseTimer', timer: 'attempt' })
  }

  /** The answer to a request is not waited for any more; one that comes late is taken back (rule H6). */
  #abandonRise(): void {
    if (this.link.command !== 'rise') return
    this.effects.push({ type: 'abandonRise' })
    this.link.command = null
    this.link.joined = true
  }

  #dropAttempt(): void {
    if (this.link.attempt === null) return
    this.link.attempt = null
    this.effects.push({ type: 'stopTimer', timer: 'attempt' })
  }

  /** Nobody wants it any more: what is on its way up is taken back (rules S7, H6). */
  #cancelAttempt(): void {
    const { link } = this
    const attempt = link.attempt
    this.#dropAttempt()
    if (attempt === null || link.holds.size > 0 || link.facts?.link === 'up') return
    if (attempt.phase === 'requested') this.#startDescent(null, [])
    else if (attempt.phase === 'rising' && attempt.own) this.#startDescent(attempt.activation, [])
  }

  #failAttempt(why: Failure): void {
    const { link } = this
    const waiting = this.#waiting()
    this.#dropAttempt()
    link.retries = new PersistentMap()
    for (const to of waiting) this.#fail(to, why)
  }

  /** An opening that failed holds nothing; whoever had the link, and tried it again, holds on until it lets go. */
  #fail(to: HolderId, why: Failure): void {
    if (this.link.holds.get(to) === 'wanted') this.link.holds = withoutKey(this.link.holds, to)
    this.link.retries = withoutKey(this.link.retries, to)
    this.#tell(to, { type: 'failed', failure: why })
  }

  /** What was to be taken back once it was answered for is wanted again (rule S6): nothing is wound down. */
  #endTakingBack(): void {
    const { descent } = this.link
    if (descent !== null && descent.activation === null && descent.stoppers.length === 0) this.#endDescent()
  }

  #startDescent(activation: string | null, stoppers: readonly HolderId[]): void {
    if (this.link.descent === null) this.effects.push({ type: 'startTimer', timer: 'descent' })
    this.link.descent = { activation, stoppers: [...(this.link.descent?.stoppers ?? []), ...stoppers] }
  }

  /** The command to wind down has ended, which is not yet the end of the link. */
  #fell({ failure: why, joined, target }: LinkInput & { type: 'fell' }): void {
    const { link } = this
    link.command = null
    link.joined = joined
    if (why !== null) return this.#refuseDescent(why)
    // Nothing had to be taken down: others hold it, also what we brought up, or it is not ours.
    if (target === null) return this.#endDescent()
    this.#watchDescent()
  }

  #watchDescent(): void {
    const { facts, descent, command, ready } = this.link
    if (descent === null || descent.activation === null || !ready) return
    const isDown = facts === null || facts.link === 'down' || facts.activation !== descent.activation
    // A lagging snapshot may not show the activation yet that is being taken back.
    if (isDown && command === null) this.#endDescent()
    else if (isDown && facts?.ended?.activation === descent.activation) this.#endDescent()
  }

  #endDescent(): void {
    const { link } = this
    const { descent } = link
    if (descent === null) return
    link.descent = null
    this.effects.push({ type: 'stopTimer', timer: 'descent' })
    if (descent.stoppers.length === 0) return
    for (const [to, hold] of link.holds)
      if (hold === 'held') this.#tellStopped(to, { stoppers: descent.stoppers, wasLost: false })
  }

  /** The system would not: back to the state before (rules S8, S11). */
  #refuseDescent(why: Failure): void {
    const { link } = this
    const stoppers = link.descent?.stoppers ?? []
    // There is none where the system was not even asked.
    if (link.descent !== null) this.effects.push({ type: 'stopTimer', timer: 'descent' })
    link.descent = null
    if (stoppers.length === 0 && why.code !== 'ERR_SERVICE_LOST')
      for (const to of link.leaving.keys()) this.#tell(to, { type: 'leftUp', failure: why })
    for (const to of stoppers) this.#refuseStop(to, why)
  }

  #refuseStop(to: HolderId, why: Failure): void {
    this.#tell(to, { type: 'stopRefused', failure: why })
  }

  /** Another manager's `stop()` was accepted; the link may be down already, or up again by an activation that nobody stops. */
  #stoppingElsewhere(activation: string): void {
    const { facts } = this.link
    if (facts === null) return
    const isOver = facts.activation === null && facts.ended?.activation === activation
    if (facts.activation !== activation && !isOver) return
    this.#forgetStopWord()
    // Rule S9a: what was down already ends its grace with the word; nothing more can come of it.
    if (isOver) return this.#endByStopElsewhere(activation)
    this.link.stoppedElsewhere = activation
    this.effects.push({ type: 'startTimer', timer: 'stopWord' })
    this.#watchStopElsewhere()
  }

  /** Somebody said long ago that it was to be stopped: unless it is on its way down, nothing came of that. */
  #expireStopWord(): void {
    const { facts, stoppedElsewhere } = this.link
    // One that is on its way down comes to an end by itself, or is up again: the word is looked at then.
    if (facts?.link === 'deactivating' && facts.activation === stoppedElsewhere) return
    this.link.stoppedElsewhere = null
  }

  #forgetStopWord(): void {
    if (this.link.stoppedElsewhere === null) return
    this.link.stoppedElsewhere = null
    this.effects.push({ type: 'stopTimer', timer: 'stopWord' })
  }

  /**
   * Another manager's `stop()` has taken the link down (rule S10). Anybody can say that he stops it: what counts is that this
   * very activation has ended, and on request.
   */
  #watchStopElsewhere(): void {
    const { facts, stoppedElsewhere } = this.link
    if (stoppedElsewhere === null || facts?.activation === stoppedElsewhere) return
    this.#forgetStopWord()
    const { ended = null } = facts ?? {}
    if (ended?.activation === stoppedElsewhere && ended.reason === 'requested')
      this.#endByStopElsewhere(stoppedElsewhere)
  }

  /** An activation was stopped by another manager, or given up when it was down already (rule S9a). */
  #endByStopElsewhere(activation: string): void {
    const { link } = this
    const isAwaited = link.attempt !== null && link.attempt.activation === activation
    const wasLost = link.facts?.ended?.activation === activation && link.facts.ended.reason !== 'requested'
    for (const [to, hold] of link.holds) {
      if (hold === 'held') this.#tellStopped(to, { stoppers: [], wasLost })
      else if (isAwaited) {
        // Rule S9a: an opening that waited for what was stopped is cancelled.
        link.holds = withoutKey(link.holds, to)
        this.#tell(to, { type: 'cancelled' })
      }
    }
    if (link.attempt !== null && !this.#isWanted()) this.#cancelAttempt()
  }

  /** It holds on until it lets go: a session that roams may see the link come back (rule R11). */
  #tellStopped(
    to: HolderId,
    { stoppers, wasLost }: { readonly stoppers: readonly HolderId[]; readonly wasLost: boolean },
  ): void {
    this.link.retries = withoutKey(this.link.retries, to)
    if (this.link.attempt !== null && !this.#isWanted()) this.#cancelAttempt()
    this.#tell(to, { type: 'stopped', caller: stoppers.includes(to), wasLost })
  }

  #command(command: 'join' | 'rise' | 'fall' | 'stop'): void {
    this.link.command = command
    this.link.waitsForLock = command === 'rise'
    const { link } = this
    if (command === 'fall') this.effects.push({ type: command, lastClose: link.lastClose, owned: link.owned })
    else if (command === 'stop' || command === 'join') this.effects.push({ type: command })
    else {
      const asSystem = link.retries.values().includes('system')
      const asking = this.#waiting()
      const mayDisplace = asking.some((by) => !link.roaming.has(by))
      this.effects.push({ type: command, asking, asSystem, mayDisplace })
      this.effects.push({ type: 'pauseTimer', timer: 'attempt' })
    }
  }

  #tell(to: HolderId, notice: LinkNotice): void {
    this.effects.push({ type: 'notice', to, notice })
  }
}

function withoutKey<M extends { without(gone: HolderId): M }>(map: M, gone: HolderId): M {
  return map.without(gone)
}
