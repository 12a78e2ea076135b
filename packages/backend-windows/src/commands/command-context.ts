import type { BackendHost, LinkConfiguration } from '@roamkit/core/contract'
import type { WindowsError } from '../ffi/windows-error.js'
import type { Tables } from '../tables/captured.js'
import type { DirtyTables } from '../tables/dirty-tables.js'
import type { IpReader } from '../tables/ip-reader.js'
import type { UnsavedNetwork } from '../wifi/network-profile.js'
import type { UnsavedNetworks } from '../wifi/unsaved-networks.js'
import type { WifiLinks } from '../wifi/wifi-links.js'
import type { WifiService } from '../wifi/wifi-service.js'

/** What commands need of the backend. */
export interface CommandContext {
  readonly host: BackendHost
  readonly ip: IpReader
  readonly wifi: WifiLinks
  readonly unsaved: UnsavedNetworks
  readonly service: WifiService
  /** The tables as they were read last. */
  tables(): Tables
  /** The present configuration of an id. */
  find(id: string): LinkConfiguration | undefined
  /** Adds to what is read next. */
  markDirty(add: (dirty: DirtyTables) => unknown): void
  /** Resolves when everything that is dirty now has been read. */
  whenRead(): Promise<void>
  /** Records that the WLAN service does not answer. */
  loseWifi(error: WindowsError): void
  /** A link has changed. */
  publish(): void
}

/** The network without a profile that opening a profile of that name would make one for; `null` if there is none. */
export function findNetwork(
  { tables, unsaved }: Pick<CommandContext, 'tables' | 'unsaved'>,
  { guid, profile }: { readonly guid: string; readonly profile: string },
): UnsavedNetwork | null {
  const table = tables().wifi.find((one) => one.guid === guid)
  return (table && unsaved.of(table).find((network) => network.profile === profile)) ?? null
}
