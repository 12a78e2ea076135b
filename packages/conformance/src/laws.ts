import type { Law } from './law.js'
import { activateLaws } from './laws/activate-laws.js'
import { activationLaws } from './laws/activation-laws.js'
import { changeLaws } from './laws/change-laws.js'
import { deactivateLaws } from './laws/deactivate-laws.js'
import { disposalLaws } from './laws/disposal-laws.js'
import { driverLaws } from './laws/driver-laws.js'
import { inquiryLaws } from './laws/inquiry-laws.js'
import { serviceLaws } from './laws/service-laws.js'
import { snapshotLaws } from './laws/snapshot-laws.js'

/** The contract's laws, in the order in which they are best read and broken. */
export const laws: readonly Law[] = Object.freeze([
  ...driverLaws,
  ...snapshotLaws,
  ...changeLaws,
  ...activationLaws,
  ...activateLaws,
  ...deactivateLaws,
  ...inquiryLaws,
  ...serviceLaws,
  ...disposalLaws,
])
