import type { ControlName } from '../adapter/controls.js'

/** Something that a law cannot run without: a control of the adapter, or virtual `time`. */
export type Need = ControlName | 'time'

/** What is known of a law before it runs. */
export interface LawFacts {
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
}

/** Thrown by a law when the fixture lacks what the law is about. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun'
}
