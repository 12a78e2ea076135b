import { Observable, Subject, takeUntil } from 'rxjs'
import { type TimeOptions, timerOf } from '../delay.js'
import { keepsAddresses, type Position, type Run } from './link-position.js'

/** How a source moves from one run to the next. */
export interface RelayOptions extends TimeOptions {
  /** How long the old subscription may go on beside the new one, in milliseconds; `null`: it ends before the new one starts. */
  readonly overlap: number | null
}

/** A subscription to the source. */
interface Leg {
  run: Run
  isOver: boolean
  end(): void
}

/**
 * Subscribes to the source for each run. With an overlap, the old subscription goes on until the new one has its first value. Emits the
 * values of both in the meantime. Ends when the newest subscription does.
 */
export function relay<Value>(
  source: Observable<Value>,
  positions: Observable<Position>,
  { overlap, ...options }: RelayOptions,
): Observable<Value> {
  return new Observable((subscriber) => {
    let current: Leg | null = null
    /** The old subscription, while the current one has no value. */
    let outgoing: Leg | null = null
    /** How the current one has failed, while the old one goes on. */
    let failure: (() => void) | null = null
    let latest: Position | null = null
    let stopTimer = () => {}

    /** Ends the overlap. A failure of the current subscription is then the end of the stream. */
    const leaveOld = () => {
      const old = outgoing
      outgoing = null
      stopTimer()
      old?.end()
      failure?.()
    }
    const end = (leg: Leg, settle: () => void, isFailure: boolean) => {
      if (leg.isOver) return
      leg.isOver = true
      if (leg === outgoing) leaveOld()
      else if (outgoing !== null && isFailure) failure = settle
      else settle()
    }
    const start = (run: Run) => {
      const over$ = new Subject<void>()
      const leg: Leg = {
        run,
        isOver: false,
        end() {
          leg.isOver = true
          over$.next()
        },
      }
      current = leg
      source.pipe(takeUntil(over$)).subscribe({
        next(value) {
          if (leg === current && outgoing !== null) leaveOld()
          if (!leg.isOver) subscriber.next(value)
        },
        error: (error) => end(leg, () => subscriber.error(error), true),
        complete: () => end(leg, () => subscriber.complete(), false),
      })
    }
    const move = (position: Position) => {
      latest = position
      const { run, up, addresses, clock } = position
      const isUp = (leg: Leg) => up?.includes(leg.run.link) ?? true
      if (run === (current?.run ?? null)) {
        if (outgoing !== null && !isUp(outgoing)) leaveOld()
        return
      }
      // The one that works, and one that has not emitted a value yet.
      const [working, other] = outgoing === null ? [current, null] : [outgoing, current]
      const isBack = other !== null && run !== null && working?.run.link === run.link
      const stays = run !== null && overlap !== null && working !== null && isUp(working)
      failure = null
      stopTimer()
      current = null
      outgoing = null
      other?.end()
      if (isBack && stays && keepsAddresses(working.run, addresses)) {
        working.run = run
        current = working
        return
      }
      if (stays && working.run.link !== run.link) {
        outgoing = working
        stopTimer = timerOf(options, clock).after(overlap, leaveOld)
      } else working?.end()
      // A subscriber that is ended may have moved on already.
      if (latest === position && run !== null && !subscriber.closed) start(run)
    }

    subscriber.add(() => {
      stopTimer()
      for (const leg of [outgoing, current]) leg?.end()
    })
    subscriber.add(
      positions.subscribe({
        next: move,
        error: (error) => subscriber.error(error),
        complete() {
          if (current === null) subscriber.complete()
        },
      }),
    )
  })
}
