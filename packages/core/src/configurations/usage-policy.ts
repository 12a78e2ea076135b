import type { LinkConfiguration } from '../contract/index.js'

/** How a link is to be used, as `QNetworkSession::UsagePolicy`. */
export type UsagePolicy = 'noBackgroundTraffic'

/** Nothing is asked. */
export const NO_POLICY: readonly UsagePolicy[] = Object.freeze([])

const METERED: readonly UsagePolicy[] = Object.freeze(['noBackgroundTraffic'])

/** No background traffic on a link that costs money, a guess included. The same arrays each time, so that they compare. */
export function usagePoliciesOf(link: LinkConfiguration | null): readonly UsagePolicy[] {
  return link?.metered?.value === true ? METERED : NO_POLICY
}
