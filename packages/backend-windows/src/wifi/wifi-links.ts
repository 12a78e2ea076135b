import { WifiState } from '../ffi/numbers.js'
import { wifiId } from '../links/configuration-id.js'
import type { Links } from '../links/links.js'
import type { WifiNote } from '../notifications/wifi-note.js'
import { type WifiReason, wifiReason } from './wifi-reason.js'

/** The phase of a profile's link. `connected`: the link layer is up, but there is no address yet. */
export type WifiPhase = 'down' | 'activating' | 'connected' | 'up' | 'deactivating'

/** The state of an interface, with the count at which its reading began. */
export interface WifiReading {
  readonly guid: string
  readonly state: number
  /** The profile that it is connected with; `null` if there is none, or if Windows withholds it. */
  readonly profile: string | null
  readonly since: number
}

/** An opening that asks for keys, and tries them one after the other. Windows only knows of the tries. */
export interface LinkOpening {
  /** Resolves when Windows has answered the present try; `null`: Windows is not being asked. */
  readonly answered: Promise<unknown> | null
  /** Windows has refused the key. The activation goes on. */
  refuse(): void
  /** The link is up, or its activation has ended. */
  end(): void
}

interface WifiLink {
  readonly guid: string
  readonly profile: string
  phase: WifiPhase
  /** Requested here, but not notified yet. */
  isAsked: boolean
  /** Disconnected here. */
  isDisconnected: boolean
  /** What opens it here; `null`: nothing does, or it asks for no key. */
  opening: LinkOpening | null
  /** Its opening waits for a key: what Windows shows is not about it. */
  isWaiting: boolean
  /** The reason of its end was guessed from a table. */
  isGuessed: boolean
  /** The count at its last change. Readings from before it are outdated. */
  changed: number
  /** How many tables have shown no sign of the attempt. */
  misses: number
}

const REQUESTED = { reason: 'requested', native: null } as const
const TAKEN = { reason: 'deviceTaken', native: null } as const
const SERVICE_LOST = { reason: 'serviceLost', native: 'WLAN AutoConfig has stopped' } as const
const GIVEN_UP = { reason: 'other', native: 'no sign of the attempt' } as const
/** Without notifications, an attempt is over when this many tables show no sign of it. */
const MOST_MISSES = 3

/**
 * The links of Wi-Fi profiles. Tables show the present state. Notifications, in their order, show what happened between two tables,
 * and why. A table whose reading began before a notification came is older than the notification. Pure.
 */
export class WifiLinks {
  readonly #links: Links
  readonly #all = new Map<string, WifiLink>()
  readonly #states = new Map<string, number>()
  readonly #roaming = new Set<string>()
  #count = 0

  /** @param links keeps the activations and their ends */
  constructor(links: Links) {
    this.#links = links
  }

  /** Increases with everything that happens. Take it before a table is read. */
  get count(): number {
    return this.#count
  }

  /** The phase of a profile's link. */
  phase(guid: string, profile: string): WifiPhase {
    return this.#all.get(wifiId(guid, profile))?.phase ?? 'down'
  }

  /** Whether the interface has carrier. Only valid while its link is not down. */
  carrier(guid: string): boolean {
    return this.#states.get(guid) === WifiState.Connected && !this.#roaming.has(guid)
  }

  /** The profile of the link that is not down, for an interface whose table withholds it; `null` if all are down. */
  profileInUse(guid: string): string | null {
    return this.#of(guid).find(({ phase, isWaiting }) => phase !== 'down' && !isWaiting)?.profile ?? null
  }

  /** Whether its activation waits for a key, and Windows does not know of it. */
  isWaiting(guid: string, profile: string): boolean {
    return this.#all.get(wifiId(guid, profile))?.isWaiting ?? false
  }

  /** Resolves when Windows has answered the request of this process to connect with a key; `null` if there is none. */
  answered(guid: string, profile: string): Promise<unknown> | null {
    return this.#all.get(wifiId(guid, profile))?.opening?.answered ?? null
  }

  /** Starts an activation that waits for a key. If the link is up or coming up, the opening is over at once. */
  beginOpening(guid: string, profile: string, opening: LinkOpening): void {
    const link = this.#get(guid, profile)
    if (link.phase === 'deactivating') this.#end(link, REQUESTED)
    if (link.phase !== 'down') return opening.end()
    this.#begin(link, 'asked')
    link.opening = opening
    link.isWaiting = true
  }

  /** This process is about to ask Windows to connect with a key. The attempt may end before Windows answers. */
  recordTry(guid: string, profile: string): void {
    const link = this.#get(guid, profile)
    this.#links.renew(wifiId(guid, profile))
    link.isWaiting = false
    link.isAsked = true
    link.misses = 0
    this.#become(link, 'activating')
  }

  /** Ends an activation that this process has begun, unless it is over. */
  endOpening(guid: string, profile: string, why: WifiReason): void {
    const link = this.#get(guid, profile)
    if (link.opening !== null) this.#end(link, why)
  }

  /** Windows has accepted a request of this process to connect. */
  recordConnect(guid: string, profile: string): void {
    const link = this.#get(guid, profile)
    if (link.phase !== 'down' && link.phase !== 'deactivating') return
    if (link.phase === 'deactivating') this.#end(link, REQUESTED)
    this.#begin(link, 'asked')
    link.isAsked = true
  }

  /** This process is about to ask Windows to disconnect. The link may end before Windows answers. */
  recordDisconnect(guid: string, profile: string): void {
    this.#get(guid, profile).isDisconnected = true
  }

  /** Windows has answered the request to disconnect. */
  settleDisconnect(guid: string, profile: string, answer: 'accepted' | 'refused'): void {
    const link = this.#get(guid, profile)
    if (answer === 'refused') link.isDisconnected = false
    else if (link.isDisconnected && link.phase !== 'down') this.#become(link, 'deactivating')
  }

  /** Applies a notification. */
  applyNote(note: WifiNote): void {
    this.#count += 1
    if (note.kind === 'roaming') this.#roaming.add(note.guid)
    else if (note.kind === 'roamed') this.#roaming.delete(note.guid)
    if (!('profile' in note) || note.profile === '') return
    const link = this.#get(note.guid, note.profile)
    switch (note.kind) {
      case 'started':
        return this.#applyStart(link)
      case 'completed':
        return note.reason === 0 ? this.#applyCompletion(link) : this.#applyFailure(link, note.reason, 'late')
      case 'failed':
        return this.#applyFailure(link, note.reason, 'first')
      case 'disconnecting':
        return this.#applyDisconnecting(link)
      case 'disconnected':
        return this.#applyDisconnected(link, note.reason)
    }
  }

  /** Applies a table. `polled`: ends may not be notified. */
  applyTable({ guid, state, profile, since }: WifiReading, certainty: 'notified' | 'polled'): void {
    this.#count += 1
    this.#states.set(guid, state)
    if (state === WifiState.Connected) this.#roaming.delete(guid)
    if (state === WifiState.Connected && profile !== null) {
      const link = this.#get(guid, profile)
      if (link.changed <= since) {
        this.#applyCompletion(link)
        // This change is as old as the reading.
        link.changed = since
      }
    }
    for (const link of this.#of(guid)) {
      if (link.changed > since || link.phase === 'down') continue
      if (link.isWaiting && state !== WifiState.NotReady) continue
      if (link.phase === 'activating') this.#checkAttempt(link, state, certainty)
      else if (state === WifiState.NotReady) this.#applyLoss(link, state)
      // An attempt that was cancelled before its start was notified ends with that notification.
      else if (state === WifiState.Disconnected && !(link.isAsked && certainty === 'notified'))
        this.#applyLoss(link, state)
      else if (state === WifiState.Disconnecting) this.#applyDisconnecting(link)
    }
  }

  /** An interface has an address that others can reach: its connection is up, unless the reading began before it connected. */
  applyAddress(guid: string, since: number): void {
    for (const link of this.#of(guid))
      if (link.phase === 'connected' && link.changed <= since) this.#become(link, 'up')
  }

  /** The WLAN service has stopped: all links end, and the states of interfaces are unknown. */
  loseService(): void {
    this.#count += 1
    this.#states.clear()
    this.#roaming.clear()
    for (const link of this.#all.values())
      if (link.phase !== 'down') this.#end(link, link.isDisconnected ? REQUESTED : SERVICE_LOST)
  }

  /** Forgets the links of an interface except those of these profiles, and those that are not down: other processes follow them, too. */
  keepProfiles(guid: string, profiles: readonly string[]): void {
    for (const link of this.#of(guid))
      if (!profiles.includes(link.profile) && link.phase === 'down') this.#forget(link)
  }

  /** Forgets all links of an interface, which is gone. */
  forgetInterface(guid: string): void {
    for (const link of this.#of(guid)) this.#forget(link)
  }

  #applyStart(link: WifiLink): void {
    // This is not the start of a request that has been cancelled in the meantime.
    if (link.phase === 'deactivating' && !link.isAsked)
      this.#end(link, link.isDisconnected ? REQUESTED : TAKEN)
    if (link.phase === 'down') this.#begin(link, 'seen')
    link.isAsked = false
    link.misses = 0
  }

  #applyCompletion(link: WifiLink): void {
    if (link.phase === 'up' || link.phase === 'connected') return
    if (link.phase === 'deactivating' && link.isDisconnected) return
    for (const other of this.#of(link.guid))
      if (other !== link && other.phase !== 'down' && !other.isAsked)
        this.#end(other, other.isDisconnected ? REQUESTED : TAKEN)
    if (link.phase === 'down') this.#begin(link, 'seen')
    link.isAsked = false
    this.#links.settle(wifiId(link.guid, link.profile))
    this.#become(link, 'connected')
    this.#release(link)
  }

  /** Windows notifies a failure twice: by itself, and as the completion of the attempt. The latter may come during the next attempt. */
  #applyFailure(link: WifiLink, code: number, report: 'first' | 'late'): void {
    if (link.phase === 'deactivating')
      return this.#end(link, link.isDisconnected ? REQUESTED : wifiReason(code))
    if (link.phase !== 'activating' || link.isWaiting || (report === 'late' && link.isAsked)) return
    const why = wifiReason(code)
    if (link.opening === null || link.isDisconnected || why.reason !== 'secretWrong')
      return this.#end(link, why)
    link.isAsked = false
    link.isWaiting = true
    link.opening.refuse()
  }

  #applyDisconnecting(link: WifiLink): void {
    if (link.phase === 'connected' || link.phase === 'up') this.#become(link, 'deactivating')
  }

  #applyDisconnected(link: WifiLink, code: number): void {
    if (link.phase === 'down') {
      if (link.isGuessed && code !== 0) this.#links.explain(wifiId(link.guid, link.profile), lossReason(code))
      link.isGuessed = false
      return
    }
    // It is about the connection before the requested attempt.
    if (link.isAsked || link.isWaiting) return
    this.#end(link, this.#reasonOfLoss(link, lossReason(code)))
  }

  /** A table shows an interface without its previous connection. */
  #applyLoss(link: WifiLink, state: number): void {
    const guess: WifiReason =
      state === WifiState.NotReady
        ? { reason: 'radioOff', native: 'not ready' }
        : { reason: 'carrierLost', native: null }
    this.#end(link, this.#reasonOfLoss(link, guess))
    link.isGuessed = !link.isDisconnected
  }

  #checkAttempt(link: WifiLink, state: number, certainty: 'notified' | 'polled'): void {
    if (state === WifiState.NotReady) return this.#end(link, { reason: 'radioOff', native: 'not ready' })
    if (state !== WifiState.Disconnected || certainty === 'notified') return
    link.misses += 1
    if (link.misses >= MOST_MISSES) this.#end(link, GIVEN_UP)
  }

  #reasonOfLoss(link: WifiLink, why: WifiReason): WifiReason {
    if (link.isDisconnected) return REQUESTED
    const isTaken = this.#of(link.guid).some(
      (other) => other !== link && other.phase === 'activating' && !other.isWaiting,
    )
    return isTaken ? TAKEN : why
  }

  #begin(link: WifiLink, why: 'asked' | 'seen'): void {
    link.isDisconnected = false
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
    this.#release(link)
  }

  #forget(link: WifiLink): void {
    const id = wifiId(link.guid, link.profile)
    this.#all.delete(id)
    this.#links.forget(id)
    this.#release(link)
  }

  #release(link: WifiLink): void {
    const { opening } = link
    link.opening = null
    link.isWaiting = false
    opening?.end()
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
      isDisconnected: false,
      opening: null,
      isWaiting: false,
      isGuessed: false,
      changed: 0,
      misses: 0,
    }
    this.#all.set(id, link)
    return link
  }
}

/** Why a connection was lost. Windows often only says that it was. */
function lossReason(code: number): WifiReason {
  const why = wifiReason(code)
  return why.reason === 'other' || code === 0 ? { reason: 'carrierLost', native: why.native } : why
}
