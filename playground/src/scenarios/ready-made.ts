import { allUplinks } from '@roamkit/core'
import type { AccessPoint, Scenario, Step } from './scenario.js'

const CABLE: AccessPoint = {
  id: 'cable',
  name: 'Cable',
  bearer: 'ethernet',
  isInRange: false,
  signal: null,
  isMetered: false,
  connectivity: 'full',
}
const CAFE: AccessPoint = { ...CABLE, id: 'cafe', name: 'Café', bearer: 'wlan', isInRange: true, signal: 80 }
const LIBRARY: AccessPoint = { ...CAFE, id: 'library', name: 'Library', signal: 40 }
const PHONE: AccessPoint = { ...CAFE, id: 'phone', name: 'Phone', bearer: 'lte', signal: 60, isMetered: true }

const OPEN: Step = { at: 500, does: 'open' }

/** The scenarios to choose from, by name. The page begins with the first. */
export const readyMade: Readonly<Record<string, Scenario>> = {
  'A cable, a Wi-Fi network and a phone': {
    target: allUplinks.identifier,
    isConsulted: true,
    accessPoints: [CABLE, CAFE, PHONE],
    steps: [],
  },
  'Walk from one Wi-Fi network to another': {
    target: allUplinks.identifier,
    isConsulted: false,
    // Networks of two adapters, so that the new link comes up before the old one goes down.
    accessPoints: [CAFE, LIBRARY, PHONE],
    steps: [
      OPEN,
      ...[70, 60, 50, 40, 30, 20].flatMap((signal, index): Step[] => [
        { at: 3000 + index * 2000, does: 'signal', on: 'cafe', value: signal },
        { at: 3000 + index * 2000, does: 'signal', on: 'library', value: 110 - signal },
      ]),
    ],
  },
  'A loose plug': {
    target: allUplinks.identifier,
    isConsulted: false,
    accessPoints: [{ ...CABLE, isInRange: true }, CAFE],
    steps: [
      OPEN,
      ...[4000, 8000, 14_000, 18_000].map(
        (at, index): Step => ({ at, does: 'range', on: 'cable', value: index % 2 === 1 }),
      ),
    ],
  },
  'One access point, lost for a moment': {
    target: 'cafe',
    isConsulted: true,
    accessPoints: [CAFE],
    steps: [
      OPEN,
      { at: 4000, does: 'range', on: 'cafe', value: false },
      { at: 7000, does: 'range', on: 'cafe', value: true },
      { at: 15_000, does: 'range', on: 'cafe', value: false },
    ],
  },
}
