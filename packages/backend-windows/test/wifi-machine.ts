import { WifiState } from '../src/ffi/numbers.js'
import { type ActivationStore, Activations, memoryStore } from '../src/links/activations.js'
import { Links } from '../src/links/links.js'
import { WifiLinks } from '../src/wifi/wifi-links.js'

/** The interface of all links. */
export const GUID = '{22222222-2222-4222-8222-222222222222}'
const id = (profile: string) => `wifi:${GUID}/${profile}`

/** Links of Wi-Fi profiles, and what Windows can show of them. */
export function machine(store: ActivationStore = memoryStore()) {
  const links = new Links(new Activations(store, 100))
  const wifi = new WifiLinks(links)
  const note = (
    kind: 'started' | 'completed' | 'failed' | 'disconnecting' | 'disconnected',
    profile: string,
    reason = 0,
  ) => wifi.applyNote({ kind, guid: GUID, profile, reason })
  const read = (state: number, profile: string | null, certainty: 'notified' | 'polled' = 'notified') =>
    wifi.applyTable({ guid: GUID, state, profile, since: wifi.count }, certainty)
  const connect = (profile: string) => {
    note('started', profile)
    note('completed', profile)
    read(WifiState.Connected, profile)
    wifi.applyAddress(GUID, wifi.count)
  }
  const phase = (profile: string) => wifi.phase(GUID, profile)
  return { links, wifi, note, read, connect, phase, of: (profile: string) => links.of(id(profile)) }
}
