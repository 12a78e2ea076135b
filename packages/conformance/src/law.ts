import type { Bench } from './bench.js'
import type { ControlName } from './controls.js'

/** What a law cannot do without: a control of the rig, or virtual `time`. */
export type Need = ControlName | 'time'

/** One sentence that holds for every backend, and a way to find out. */
export interface Law {
  /** Stable: waivers and verdicts name it. */
  readonly id: string
  /** The sentence, with the id of the rule that governs where one does. */
  readonly says: string
  readonly needs: readonly Need[]
  /** Resolves where the law is kept; rejects with what is wrong, or with {@link CannotRun}. */
  run(bench: Bench): Promise<void>
}

/** What {@link law} makes a {@link Law} of. */
interface Draft<Needed extends Need> extends Omit<Law, 'needs' | 'run'> {
  readonly needs: readonly Needed[]
  run(bench: Bench<Needed>): Promise<void>
}

/** Writes a law down: within `run`, the controls that it needs are there. */
export function law<const Needed extends Need = never>(draft: Draft<Needed>): Law {
  // Whoever judges a law has looked at its needs before.
  return draft as Law
}

/** A world that does not have what a law is about; not a failure where a waiver says so. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun'
}
