import type { LinkConfiguration } from '../contract/index.js'

/** Whether the link carries traffic. */
export function carries(facts: LinkConfiguration | null): boolean {
  return facts !== null && facts.link === 'up' && facts.carrier !== false
}
