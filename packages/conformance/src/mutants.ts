import type { Driver } from '@roamkit/core/contract'
/** A */
export interface Mutant {
  readonly id: string
  readonly breaks: string
  wrap(driver: Driver): Driver
}
/** B */
export const mutants: readonly Mutant[] = []
