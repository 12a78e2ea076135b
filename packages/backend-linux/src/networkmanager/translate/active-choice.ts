import { ordinal, type Properties, texts } from '../../bus/property.js'
import { ACTIVE, DEVICE, MODEM, WIRED, WIRELESS } from '../objects/names.js'
import { activeOf } from './keys.js'
import { deviceCarrier, linkPhase } from './link-facts.js'

/** What the choice depends on. */
export interface ActiveFacts {
  read(path: string, name: string): Properties | undefined
  members(key: string): Iterable<string>
  /** The active connection that stood for the profile until now; `null` if there was none. */
  shownActive(profile: string): string | null
  /** Whether this backend began that active connection. */
  isBegunHere(active: string): boolean
}

/**
 * The path of the active connection that stands for a profile, which has several if it is active on several devices; `null` if it has
 * none (rule T5). The one that stood for it goes on while it is up, if it carries or was begun here: a session follows the activation
 * that it holds. Otherwise the order is: one that carries, one that is up, one on its way up, one on its way down, and among equals the
 * oldest. So a backend that is opened later shows the same one.
 */
export function currentActive(profile: string, facts: ActiveFacts): string | null {
  const candidates = [...facts.members(activeOf(profile))]
  if (candidates.length < 2) return candidates[0] ?? null
  const shown = facts.shownActive(profile)
  let best: string | null = null
  let bestMerit = -1
  for (const candidate of candidates) {
    const merit = meritOf(candidate, facts)
    const isBetter =
      best === null ||
      merit > bestMerit ||
      (merit === bestMerit && (candidate === shown || (best !== shown && ordinal(candidate) < ordinal(best))))
    if (!isBetter) continue
    best = candidate
    bestMerit = merit
  }
  return best
}

function meritOf(active: string, facts: ActiveFacts): number {
  const properties = facts.read(active, ACTIVE)
  switch (linkPhase(properties)) {
    case 'down':
      return 0
    case 'deactivating':
      return 1
    case 'activating':
      return 2
    case 'up':
      return facts.isBegunHere(active) || carriesFrames(properties, facts) ? 4 : 3
  }
}

function carriesFrames(active: Properties | undefined, facts: ActiveFacts): boolean {
  const device = firstDevice(active)
  const part = (name: string) => (device === null ? undefined : facts.read(device, name))
  const parts = { device: part(DEVICE), wired: part(WIRED), wireless: part(WIRELESS), modem: part(MODEM) }
  return deviceCarrier(parts) !== false
}

/** The path of an active connection's device. */
export function firstDevice(active: Properties | undefined): string | null {
  return texts(active, 'Devices')[0] ?? null
}
