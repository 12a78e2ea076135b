import { WifiState } from '../ffi/numbers.js'
import { wifiId } from '../links/configuration-id.js'
import type { Links } from '../links/links.js'
import type { WifiNote } from '../notifications/wifi-note.js'
import { type WifiReason, wifiReason } from './wifi-reason.js'

/** What a profile's link does. `connected`: on the link layer, and without an address yet. */
export type WifiPhase = 'down' | 'activating' | 'connected' | 'up' | 'deactivating'

/** What was read of an interface, with the count at which reading began. */
export interface WifiReading {
  readonly guid: string
  readonly state: number
  /** The profile that it is connected by; `null`: none, or nobody may know. */
  readonly profile: string | null
  readonly since: number
}

interface WifiLink {
  readonly guid: string
  readonly profile: string
  phase: WifiPhase
  /** Requested here, and no notification of it has come yet. */
  isAsked: boolean
  /** Taken down here. */
  isUnwanted: boolean
  /** Why it went down was guessed from a table. */
  isGuessed: boolean
  /** The count at its last change: what was read before is no news. */
  changed: number
  /** How often a table has shown that nothing goes on. */
  misses: number
}

const REQUESTED = { reason: 'requested', native: null } as const
const TAKEN = { reason: 'deviceTaken', native: null } as const
const SERVICE_LOST = { reason: 'serviceLost', native: 'WLAN AutoConfig has stopped' } as const
const GIVEN_UP = { reason: 'other', native: 'nothing goes on' } as const
/** Without notifications: after so many tables an attempt that shows in none of them is over. */
const PATIENCE = 3

/**
 * The links of Wi-Fi profiles. Tables say what is; notifications, in their order, say what has happened between two tables and
 * why. What was read before a notification came is older than it. Pure.
 */
export class WifiLinks {
  readonly #links: Links
  readonly #all = new Map<string, WifiLink>()
  readonly #states = new Map<string, number>()
  readonly #roaming = new Set<string>()
  #count = 0

  /** @param links where activations and their ends are kept */
  constructor(links: Links) {
    this.#links = links
  }

  /** Counts everything that happens: to be noted before a table is read. */
  get count(): number {
    return this.#count
  }

  /** What a profile's link does. */
  phase(guid: string, profile: string): WifiPhase {
    return this.#all.get(wifiId(guid, profile))?.phase ?? 'down'
  }

  /** Whether frames go through; only while the link is not down. */
  carrier(guid: string): boolean {
    return this.#states.get(guid) === WifiState.Connected && !this.#roaming.has(guid)
  }

  /** The profile that an interface is connected by, or was told to be: where no table may tell. */
  profileInUse(guid: string): string | null {
    return this.#of(guid).find(({ phase }) => phase !== 'down')?.profile ?? null
  }

  /** Windows has accepted a request to connect. */
  asked(guid: string, profile: string): void {
    const link = this.#get(guid, profile)
    if (link.phase !== 'down' && link.phase !== 'deactivating') return
    if (link.phase === 'deactivating') this.#end(link, REQUESTED)
    this.#begin(link, 'asked')
    link.isAsked = true
  }

  /** Windows is asked to disconnect: an end that comes before its answer is due to that, too. */
  leaving(guid: string, profile: string): void {
    this.#get(guid, profile).isUnwanted = true
  }

  /** Windows has answered a request to disconnect. */
  left(guid: string, profile: string, answer: 'accepted' | 'refused'): void {
    const link = this.#get(guid, profile)
    if (answer === 'refused') link.isUnwanted = false
    else if (link.isUnwanted && link.phase !== 'down') this.#become(link, 'deactivating')
  }

  /** Takes a notification in. */
  note(note: WifiNote): void {
    this.#count += 1
    if (note.kind === 'roaming') this.#roaming.add(note.guid)
    else if (note.kind === 'roamed') this.#roaming.delete(note.guid)
    if (!('profile' in note) || note.profile === '') return
    const link = this.#get(note.guid, note.profile)
    switch (note.kind) {
      case 'started':
        return this.#started(link)
      case 'completed':
        return note.reason === 0 ? this.#completed(link) : this.#failed(link, note.reason, 'late')
      case 'failed':
        return this.#failed(link, note.reason, 'first')
      case 'disconnecting':
        return this.#leaving(link)
      case 'disconnected':
        return this.#disconnected(link, note.reason)
    }
  }

  /** Takes a table in. `polled`: no notifications are to be had that would tell of ends. */
  read({ guid, state, profile, since }: WifiReading, certainty: 'notified' | 'polled'): void {
    this.#count += 1
    this.#states.set(guid, state)
    if (state === WifiState.Connected) this.#roaming.delete(guid)
    if (state === WifiState.Connected && profile !== null) {
      const link = this.#get(guid, profile)
      if (link.changed <= since) {
        this.#completed(link)
        // Seen by a reading, it is as old as that.
        link.changed = since
      }
    }
    for (const link of this.#of(guid)) {
      if (link.changed > since || link.phase === 'down') continue
      if (link.phase === 'activating') this.#lookedAt(link, state, certainty)
      else if (state === WifiState.NotReady) this.#lost(link, state)
      // An attempt that was taken back before its beginning is told ends when that is.
      else if (state === WifiState.Disconnected && !(link.isAsked && certainty === 'notified'))
        this.#lost(link, state)
      else if (state === WifiState.Disconnecting) this.#leaving(link)
    }
  }

  /** An interface has an address that others can reach: its connection is up. What was read before it connected says nothing. */
  addressed(guid: string, since: number): void {
    for (const link of this.#of(guid))
      if (link.phase === 'connected' && link.changed <= since) this.#become(link, 'up')
  }

  /** The service that runs all links is gone: what was up or under way is over, and so is all that it said of interfaces. */
  serviceLost(): void {
    this.#count += 1
    this.#states.clear()
    this.#roaming.clear()
    for (const link of this.#all.values())
      if (link.phase !== 'down') this.#end(link, link.isUnwanted ? REQUESTED : SERVICE_LOST)
  }

  /** Forgets the profiles of an interface but these, or all. */
  keep(guid: string, profiles: readonly string[]): void {
    for (const link of this.#of(guid)) {
      if (profiles.includes(link.profile)) continue
      this.#all.delete(wifiId(guid, link.profile))
      this.#links.forget(wifiId(guid, link.profile))
    }
  }

  #started(link: WifiLink): void {
    // The beginning of what was asked for and taken back meanwhile is no new one.
    if (link.phase === 'deactivating' && !link.isAsked) this.#end(link, link.isUnwanted ? REQUESTED : TAKEN)
    if (link.phase === 'down') this.#begin(link, 'seen')
    link.isAsked = false
    link.misses = 0
  }

  #completed(link: WifiLink): void {
    if (link.phase === 'up' || link.phase === 'connected') return
    if (link.phase === 'deactivating' && link.isUnwanted) return
    for (const other of this.#of(link.guid))
      if (other !== link && other.phase !== 'down' && !other.isAsked)
        this.#end(other, other.isUnwanted ? REQUESTED : TAKEN)
    if (link.phase === 'down') this.#begin(link, 'seen')
    link.isAsked = false
    this.#become(link, 'connected')
  }

  /** Windows tells a failure twice, by itself and as the completion of the attempt: that may be the next one's by then. */
  #failed(link: WifiLink, code: number, telling: 'first' | 'late'): void {
    if (link.phase === 'deactivating') return this.#end(link, link.isUnwanted ? REQUESTED : wifiReason(code))
    if (link.phase !== 'activating' || (telling === 'late' && link.isAsked)) return
    this.#end(link, wifiReason(code))
  }

  #leaving(link: WifiLink): void {
    if (link.phase === 'connected' || link.phase === 'up') this.#become(link, 'deactivating')
  }

  #disconnected(link: WifiLink, code: number): void {
    if (link.phase === 'down') {
      if (link.isGuessed && code !== 0) this.#links.explain(wifiId(link.guid, link.profile), lossReason(code))
      link.isGuessed = false
      return
    }
    // The end of what was there before the attempt that was asked for.
    if (link.isAsked) return
    this.#end(link, this.#reasonOfLoss(link, lossReason(code)))
  }

  /** A table shows an interface without the connection that was there. */
  #lost(link: WifiLink, state: number): void {
    const guess: WifiReason =
      state === WifiState.NotReady
        ? { reason: 'radioOff', native: 'not ready' }
        : { reason: 'carrierLost', native: null }
    this.#end(link, this.#reasonOfLoss(link, guess))
    link.isGuessed = !link.isUnwanted
  }

  #lookedAt(link: WifiLink, state: number, certainty: 'notified' | 'polled'): void {
    if (state === WifiState.NotReady) return this.#end(link, { reason: 'radioOff', native: 'not ready' })
    if (state !== WifiState.Disconnected || certainty === 'notified') return
    link.misses += 1
    if (link.misses >= PATIENCE) this.#end(link, GIVEN_UP)
  }

  #reasonOfLoss(link: WifiLink, why: WifiReason): WifiReason {
    if (link.isUnwanted) return REQUESTED
    const isTaken = this.#of(link.guid).some((other) => other !== link && other.phase === 'activating')
    return isTaken ? TAKEN : why
  }

  #begin(link: WifiLink, why: 'asked' | 'seen'): void {
    link.isUnwanted = false
    link.isGuessed = false
    link.misses = 0
    this.#links.begin(wifiId(link.guid, link.profile), why)
    this.#become(link, 'activating')
  }

  #end(link: WifiLink, why: WifiReason): void {
    link.isAsked = false
    link.isGuessed = false
    this.#links.end(wifiId(link.guid, link.profile), why)
    this.#become(link, 'down')
  }

  #become(link: WifiLink, phase: WifiPhase): void {
    this.#count += 1
    link.phase = phase
    link.changed = this.#count
  }

  #of(guid: string): readonly WifiLink[] {
    return [...this.#all.values()].filter((link) => link.guid === guid)
  }

  #get(guid: string, profile: string): WifiLink {
    const id = wifiId(guid, profile)
    const known = this.#all.get(id)
    if (known !== undefined) return known
    const link: WifiLink = {
      guid,
      profile,
      phase: 'down',
      isAsked: false,
      isUnwanted: false,
      isGuessed: false,
      changed: 0,
      misses: 0,
    }
    this.#all.set(id, link)
    return link
  }
}

/** Why a connection that was there is not any more; Windows often says no more than that it is. */
function lossReason(code: number): WifiReason {
  const told = wifiReason(code)
  return told.reason === 'other' || code === 0 ? { reason: 'carrierLost', native: told.native } : told
}
