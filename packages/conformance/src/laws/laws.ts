import { activateLaws } from './activate-laws.js'
import { activationLaws } from './activation-laws.js'
import { changeLaws } from './change-laws.js'
import { deactivateLaws } from './deactivate-laws.js'
import { disposalLaws } from './disposal-laws.js'
import { driverLaws } from './driver-laws.js'
import { holderLaws } from './holder-laws.js'
import { inquiryLaws } from './inquiry-laws.js'
import type { Law } from './law.js'
import { secretLaws } from './secret-laws.js'
import { serviceLaws } from './service-laws.js'
import { snapshotLaws } from './snapshot-laws.js'
import { storingLaws } from './storing-laws.js'

/** Laws about one subject. */
export interface LawGroup {
  /** The subject, as a heading. */
  readonly title: string
  readonly laws: readonly Law[]
}

/** All laws by subject. The first law that fails is usually the one to look at first. */
export const lawGroups: readonly LawGroup[] = Object.freeze([
  { title: 'Opening a backend', laws: driverLaws },
  { title: 'Properties of every snapshot', laws: snapshotLaws },
  { title: 'Reporting changes', laws: changeLaws },
  { title: 'Activations and how they end', laws: activationLaws },
  { title: 'Bringing links up', laws: activateLaws },
  { title: 'Taking links down', laws: deactivateLaws },
  { title: 'Scans, connectivity checks, byte counters', laws: inquiryLaws },
  { title: 'Asking for secrets', laws: secretLaws },
  { title: 'Saving and forgetting networks', laws: storingLaws },
  { title: 'Holders of a link across processes', laws: holderLaws },
  { title: 'Losing and regaining the daemon', laws: serviceLaws },
  { title: 'Disposing a backend', laws: disposalLaws },
])

/** All laws, in the order of `lawGroups`. */
export const laws: readonly Law[] = Object.freeze(lawGroups.flatMap((group) => group.laws))
