import { activateLaws } from './activate-laws.js'
import { activationLaws } from './activation-laws.js'
import { changeLaws } from './change-laws.js'
import { deactivateLaws } from './deactivate-laws.js'
import { disposalLaws } from './disposal-laws.js'
import { driverLaws } from './driver-laws.js'
import { holderLaws } from './holder-laws.js'
import { inquiryLaws } from './inquiry-laws.js'
import type { Law } from './law.js'
import { serviceLaws } from './service-laws.js'
import { snapshotLaws } from './snapshot-laws.js'

/** Laws that are about one thing. */
export interface LawGroup {
  /** What they are about, as a heading. */
  readonly title: string
  readonly laws: readonly Law[]
}

/** The contract's laws by what they are about, in the order in which they are best read and broken. */
export const lawGroups: readonly LawGroup[] = Object.freeze([
  { title: 'How a backend comes to life', laws: driverLaws },
  { title: 'What every snapshot is like', laws: snapshotLaws },
  { title: 'How changes are told', laws: changeLaws },
  { title: 'What activations are, and how they end', laws: activationLaws },
  { title: 'Bringing links up', laws: activateLaws },
  { title: 'Taking links down', laws: deactivateLaws },
  { title: 'Scanning, checking connectivity, counting bytes', laws: inquiryLaws },
  { title: 'Who holds a link, across processes', laws: holderLaws },
  { title: 'The daemon goes away, and comes back', laws: serviceLaws },
  { title: 'How a backend ends', laws: disposalLaws },
])

/** All of them. */
export const laws: readonly Law[] = Object.freeze(lawGroups.flatMap((group) => group.laws))
