import { readFileSync } from 'node:fs'
import type { BackendHost } from '@roamkit/core/contract'
import { Activations, memoryStore } from '../src/links/activations.js'
import { Links } from '../src/links/links.js'
import type { Tables, WifiTable } from '../src/tables/captured.js'
import { type BackendStatus, followTables, worldOf } from '../src/translate/world.js'
import { UnsavedNetworks } from '../src/wifi/unsaved-networks.js'
import { WifiLinks } from '../src/wifi/wifi-links.js'

/** The answers of Windows's functions in the lab: see capture.mjs. */
export const captured: Tables = JSON.parse(
  readFileSync(new URL('captured-tables.json', import.meta.url), 'utf8'),
)

export const WIFI = '{22222222-2222-4222-8222-222222222222}'
export const CABLE = '{11111111-1111-4111-8111-111111111111}'
export const HOME = `wifi:${WIFI}/Home`

export const status: BackendStatus = {
  service: 'ready',
  updates: 'events',
  scope: null,
  power: 'awake',
  control: 'yes',
}

/** Links of which nothing is known. */
export function memory({ visibleNetworks = false } = {}) {
  const links = new Links(new Activations(memoryStore(), 0))
  return { links, wifi: new WifiLinks(links), unsaved: new UnsavedNetworks({ visibleNetworks }) }
}

/** Applies tables as a backend does, and makes a world of them. */
export function seen(
  tables: Tables,
  { links, wifi, unsaved } = memory(),
  before: ReturnType<typeof worldOf> | null = null,
) {
  const since = wifi.count
  const read = tables.wifiService === 'running' ? tables.wifi : []
  for (const { guid, state, connection } of read) {
    const profile = connection === null || connection === 'denied' ? null : connection.profile
    wifi.applyTable({ guid, state, profile, since }, 'notified')
    wifi.applyAddress(guid, since)
  }
  followTables(tables, links, wifi)
  return worldOf(tables, { links, wifi, unsaved }, status, before)
}

/** The captured Wi-Fi table with other facts. */
export function withWifi(facts: Partial<WifiTable>): Tables {
  return { ...captured, wifi: captured.wifi.map((table) => ({ ...table, ...facts })) }
}

/** A host that does nothing. */
export const host: BackendHost = { clock: { now: () => 0, after: () => () => {} }, log() {}, changed() {} }
