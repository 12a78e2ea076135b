import type { BackendHost, LinkConfiguration } from '@roamkit/core/contract'
import type { WindowsError } from '../ffi/windows-error.js'
import type { Tables } from '../tables/captured.js'
import type { DirtyTables } from '../tables/dirty-tables.js'
import type { IpReader } from '../tables/ip-reader.js'
import type { WifiLinks } from '../wifi/wifi-links.js'
import type { WifiService } from '../wifi/wifi-service.js'

/** What commands need of the backend. */
export interface CommandContext {
  readonly host: BackendHost
  readonly ip: IpReader
  readonly wifi: WifiLinks
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
