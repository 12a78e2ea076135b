import type { ControlName } from '../adapter/controls.js'
import type { TestBed } from '../test-bed/test-bed.js'

/** Something that a law cannot run without: a control of the adapter, or virtual `time`. */
export type Need = ControlName | 'time'

/** A sentence that is true of every correct backend, and a function that checks it. */
export interface Law {
  /** Stable. Waivers and verdicts refer to it. */
  readonly id: string
  /** The sentence. Ends with the id of the rule behind it, if there is one. */
  readonly says: string
  /** The law cannot run if the adapter lacks one of these. */
  readonly needs: readonly Need[]
  /**
   * Controls that the law uses if the adapter has them. The verdict lists the ones that were missing as `untried`. A law can use only
   * these controls and those in `needs`.
   */
  readonly uses: readonly ControlName[]
  /** `links`: the law brings links up or down. `nothing`: it is safe to run on a machine in use. */
  readonly touches: 'nothing' | 'links'
  /** Resolves if the backend keeps the law. Rejects with what is wrong, or with {@link CannotRun}. */
  run(testBed: TestBed): Promise<void>
}

/** A {@link Law} as {@link law} takes it: with defaults left out. */
interface Draft<Needed extends Need> extends Omit<Law, 'needs' | 'uses' | 'touches' | 'run'> {
  readonly needs: readonly Needed[]
  /** @defaultValue [] */
  readonly uses?: Law['uses']
  /** @defaultValue 'links' */
  readonly touches?: Law['touches']
  run(testBed: TestBed<Needed>): Promise<void>
}

/** Defines a law. In its `run`, the controls that it needs are defined. */
export function law<const Needed extends Need = never>(draft: Draft<Needed>): Law {
  // `judge` checks the needs before it runs a law.
  return { touches: 'links', uses: [], ...draft } as Law
}

/** Thrown by a law when the fixture lacks what the law is about. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun'
}
