/** A moment, in milliseconds: by the clock, and by the wall clock, which goes on while the machine sleeps; `null` if there is none. */
export interface Moment {
  readonly now: number
  readonly wall: number | null
}

/** What is known of the machine's sleep (rule L4). */
export interface Sleep {
  /** When it fell asleep; `null`: it is awake. */
  readonly since: Moment | null
  /** Until when its links may still be coming back; by the clock. */
  readonly graceUntil: number
  /** The last moment that was looked at. */
  readonly last: Moment
  /** When a jump of the wall clock was taken for sleep, by the clock; `null`: it was not. */
  readonly jumpAt: number | null
}

/** A difference between the two clocks that only sleep explains, in milliseconds. */
const JUMP = 15_000

export function awake(moment: Moment): Sleep {
  return { since: null, graceUntil: Number.NEGATIVE_INFINITY, last: moment, jumpAt: null }
}

/**
 * What is known now, and for how long the machine has slept if it has just woken up: by the word of the backend, or else by a jump
 * of the wall clock.
 */
export function observeSleep(
  before: Sleep,
  power: 'awake' | 'asleep' | 'unknown',
  moment: Moment,
  wakeGrace: number,
): { readonly sleep: Sleep; readonly resumed: number | null } {
  const { since } = before
  if (power === 'asleep') return { sleep: { ...before, since: since ?? moment, last: moment }, resumed: null }
  const graceUntil = moment.now + wakeGrace
  if (since === null) {
    // A backend that knows would have said so: the clock was set.
    const jump = power === 'unknown' ? jumpBetween(before.last, moment) : 0
    if (jump <= JUMP) return { sleep: { ...before, last: moment }, resumed: null }
    return { sleep: { since: null, graceUntil, last: moment, jumpAt: moment.now }, resumed: jump }
  }
  const asleep = passedBetween(since, moment)
  // If the jump was seen before the backend could announce it, report it only once.
  const isKnown = before.jumpAt !== null && since.now - before.jumpAt <= JUMP && asleep <= JUMP
  return { sleep: { since: null, graceUntil, last: moment, jumpAt: null }, resumed: isKnown ? null : asleep }
}

/** Whether the machine sleeps, or has just woken up: what is lost then is not lost yet. */
export function isResting({ since, graceUntil }: Sleep, now: number): boolean {
  return since !== null || now < graceUntil
}

function jumpBetween(before: Moment, after: Moment): number {
  if (before.wall === null || after.wall === null) return 0
  return after.wall - before.wall - (after.now - before.now)
}

function passedBetween(before: Moment, after: Moment): number {
  const passed = after.now - before.now
  return before.wall === null || after.wall === null ? passed : Math.max(after.wall - before.wall, passed)
}
