import type { Backend, Driver } from '@roamkit/core/contract'

/** One of the drivers that {@link linux} picks from. */
export interface Candidate {
  readonly driver: Driver
  /** For people: `NetworkManager`. */
  readonly title: string
  /** The name that its daemon has on the system bus; `null` if it needs none. */
  readonly service: string | null
  /** Whether an open backend manages any device. A daemon that runs but manages nothing is passed over. Cheap: it is asked at each change. */
  manages(backend: Backend): boolean
}
