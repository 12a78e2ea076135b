import { pauseDeadline, resumeDeadline, withDeadline, withoutDeadline } from '../primitives/time/deadlines.js'
import type { LinkClock, LinkEffect, LinkNotice } from './link-messages.js'
import type { LinkState, LinkTimer } from './link-state.js'
import type { SessionId } from './session-id.js'

/** A link in the middle of a step: a private copy, changed in place and never seen before the step is over. */
export class LinkStep {
  readonly effects: LinkEffect[] = []
  readonly clock: LinkClock
  link: { -readonly [Key in keyof LinkState]: LinkState[Key] }

  constructor(link: LinkState, clock: LinkClock) {
    this.link = { ...link }
    this.clock = clock
  }

  isWanted(): boolean {
    return this.link.retries.size > 0 || this.link.holds.isWanted
  }

  /** Those that the attempt is for: openings, and sessions that lost the link that they hold and try it again. */
  waiting(): readonly SessionId[] {
    const { holds, retries } = this.link
    return [...holds.wanting(), ...retries.keys().filter((by) => holds.get(by) === 'held')]
  }

  startTeardown(activation: string | null, stoppers: readonly SessionId[]): void {
    if (this.link.teardown === null) this.startTimer('teardown')
    this.link.teardown = { activation, stoppers: [...(this.link.teardown?.stoppers ?? []), ...stoppers] }
  }

  command(command: 'join' | 'activate' | 'deactivate' | 'stop'): void {
    this.link.command = command
    this.link.waitsForLock = command === 'activate'
    const { link } = this
    if (command === 'deactivate')
      this.effects.push({ type: command, lastClose: link.lastClose, owned: link.owned })
    else if (command === 'stop' || command === 'join') this.effects.push({ type: command })
    else {
      const asSystem = link.retries.values().includes('system')
      const asking = this.waiting()
      const mayDisplace = asking.some((by) => !link.roaming.has(by))
      this.effects.push({ type: command, asking, asSystem, mayDisplace })
      this.pauseTimer('activation')
    }
  }

  startTimer(timer: LinkTimer): void {
    const { now, durations } = this.clock
    this.link.deadlines = withDeadline(this.link.deadlines, timer, { at: now + durations[timer] })
  }

  stopTimer(timer: LinkTimer): void {
    this.link.deadlines = withoutDeadline(this.link.deadlines, timer)
  }

  pauseTimer(timer: LinkTimer): void {
    this.link.deadlines = pauseDeadline(this.link.deadlines, timer, this.clock.now)
  }

  resumeTimer(timer: LinkTimer): void {
    this.link.deadlines = resumeDeadline(this.link.deadlines, timer, this.clock.now)
  }

  notify(to: SessionId, notice: LinkNotice): void {
    this.effects.push({ type: 'notice', to, notice })
  }
}
