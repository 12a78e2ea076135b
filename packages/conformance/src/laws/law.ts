import type { ControlName } from '../adapter/controls.js'
import type { TestBed } from '../test-bed/test-bed.js'

/** What a law cannot do without: a control of the adapter, or virtual `time`. */
export type Need = ControlName | 'time'

/** One sentence that holds for every backend, and a way to find out. */
export interface Law {
  /** Stable: waivers and verdicts name it. */
  readonly id: string
  /** The sentence, with the id of the rule that governs where one does. */
  readonly says: string
  /** Without one of these it cannot run. */
  readonly needs: readonly Need[]
  /**
   * Controls that it uses where the adapter has them, and says in the verdict that it did without: a tour through all changes is as
   * long as the adapter allows. It cannot touch any other control than these and those of `needs`.
   */
  readonly uses: readonly ControlName[]
  /** `links`: it brings links up or down; `nothing`: it may be tried on a machine that somebody works with. */
  readonly touches: 'nothing' | 'links'
  /** Resolves where the law is kept; rejects with what is wrong, or with {@link CannotRun}. */
  run(testBed: TestBed): Promise<void>
}

/** What {@link law} makes a {@link Law} of. */
interface Draft<Needed extends Need> extends Omit<Law, 'needs' | 'uses' | 'touches' | 'run'> {
  readonly needs: readonly Needed[]
  /** Unless it says so, a law uses nothing but its needs. */
  readonly uses?: Law['uses']
  /** Unless it says `nothing`, a law is taken to touch links. */
  readonly touches?: Law['touches']
  run(testBed: TestBed<Needed>): Promise<void>
}

/** Writes a law down: within `run`, the controls that it needs are there. */
export function law<const Needed extends Need = never>(draft: Draft<Needed>): Law {
  // Whoever judges a law has looked at its needs before.
  return { touches: 'links', uses: [], ...draft } as Law
}

/** A world that does not have what a law is about; not a failure where a waiver says so. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun'
}
