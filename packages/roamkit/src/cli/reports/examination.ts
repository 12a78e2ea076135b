import type { Diagnosis, MachineDiagnosis } from '@roamkit/core'
import type { HeldLink } from './held-links.js'

/** A backend that could not be opened. */
interface BackendFailure {
  readonly name: string
  readonly message: string
}

/** What the doctor finds, as `--json` prints it. */
export interface Examination {
  readonly backend: {
    readonly name: string
    /** Those that were tried before it, and why each could not be opened. Untrusted text. */
    readonly passedOver: readonly BackendFailure[]
    /** Why this one could not be opened either; `null` if it is open. */
    readonly failure: { readonly message: string; readonly advice: string | null } | null
  }
  /** `null` without a backend. */
  readonly machine: MachineDiagnosis | null
  /** All configurations, or the one in question. */
  readonly configurations: readonly Diagnosis[]
  /** Who holds their links, by the holders' own account. */
  readonly holders: readonly HeldLink[]
}
