import type { TestBed } from '../test-bed/test-bed.js'
import type { LawFacts, Need } from './law-facts.js'

/** A sentence that is true of every correct backend, and a function that checks it. */
export interface Law extends LawFacts {
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
