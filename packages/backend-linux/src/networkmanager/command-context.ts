import { BackendError, type Call, type Clock, ssidText } from '@roamkit/core/contract'
import type { BusWait } from '../bus/bus-port.js'
import { type Properties, section, text } from '../bus/property.js'
import type { Epoch } from './epoch.js'
import { SETTINGS } from './objects/names.js'
import { networkOf, type VisibleNetwork } from './translate/network-keys.js'

/** What a command needs. */
export interface CommandContext {
  readonly epoch: Epoch
  /** Milliseconds. */
  readonly callTimeout: number
  readonly clock: Clock
}

/** What a configuration stands for. */
export type Named = {
  /** For messages. */
  readonly name: string
} & (
  | { readonly profile: string; readonly connection: Properties; readonly network: null; readonly key: null }
  | {
      readonly profile: null
      readonly connection: null
      readonly network: VisibleNetwork
      readonly key: string
    }
)

/**
 * The profile, or the network without one, that has that id.
 *
 * @throws `ERR_UNKNOWN_CONFIGURATION`
 */
export function requireConfiguration(epoch: Epoch, id: string): Named {
  const profile = epoch.profile(id)
  if (profile !== null) {
    const connection = section(epoch.mirror.read(profile, SETTINGS), 'connection')
    return { profile, connection, network: null, key: null, name: text(connection, 'id') }
  }
  const key = epoch.network(id)
  if (key === null)
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `NetworkManager has no connection "${id}"`)
  const network = networkOf(key)
  return { profile: null, connection: null, network, key, name: ssidText(network.ssid) }
}

/** Waits until the call is answered, the caller stops waiting, or `callTimeout` is over. */
export function limitedWait(context: CommandContext, call: Call): BusWait {
  return { signal: call.signal, deadline: context.callTimeout }
}
