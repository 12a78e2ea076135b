import type { Ended, Reason } from '@roamkit/core/contract'
import type { BusSignal } from '../bus/bus-port.js'
import { asNumber, asText, asTexts, path, section, text, texts } from '../bus/property.js'
import type { Mirror } from './objects/mirror.js'
import { ACTIVE, DEVICE, OBJECT_MANAGER, PROFILE, SETTINGS, WIRELESS } from './objects/names.js'
import { endReason, isInformative, KEY_REFUSED, RADIO_OFF } from './objects/reason.js'
import { endOf, isNetworkProfile } from './translate/network-keys.js'

/** `NMDeviceState`. */
const UNAVAILABLE = 20
const PREPARING = 40
const CONFIGURING = 50
const NEEDS_SECRETS = 60
const ACTIVATED = 100
const FAILED = 120
/** `NMDeviceStateReason`. */
const NONE = 0
const NO_SECRETS = 7
const SUPPLICANT_DISCONNECTED = 8

/**
 * Remembers why activations ended, because the object of an active connection disappears right after its end. It must see every signal
 * *before* the mirror applies it.
 */
export class Endings {
  readonly #mirror: Mirror
  readonly #activation: (active: string) => string
  readonly #byUuid: Map<string, Ended>
  readonly #wasSecretRefused: (uuid: string) => boolean
  /** The reason that a device gave since its last activation began. */
  readonly #deviceReasons = new Map<string, number>()
  /** Devices that were given a key since their last activation began, and those whose key was refused. */
  readonly #provided = new Set<string>()
  readonly #refused = new Set<string>()
  /** The ids of networks whose profile is gone: they stay configurations, so their ends are noted all the same. */
  readonly #networks = new Set<string>()
  /** The device of an active connection, kept because the object no longer names it at the end. */
  readonly #deviceOf = new Map<string, string>()

  /**
   * @param mirror the objects before the signal
   * @param activation the contract's id of an active connection
   * @param remembered what earlier lives of the service left, by UUID; changed in place
   * @param wasSecretRefused whether that profile got a secret from us, and it was wrong
   */
  constructor(
    mirror: Mirror,
    activation: (active: string) => string,
    remembered: Map<string, Ended>,
    wasSecretRefused: (uuid: string) => boolean,
  ) {
    this.#wasSecretRefused = wasSecretRefused
    this.#mirror = mirror
    this.#activation = activation
    this.#byUuid = remembered
  }

  /** How the last activation of the profile with that UUID ended; `null` if no end was seen. */
  of(uuid: string): Ended | null {
    return this.#byUuid.get(uuid) ?? null
  }

  /** Notes what a signal says about ends. Returns what is to be translated again because of it. */
  note(signal: BusSignal): readonly string[] {
    if (signal.interface === DEVICE && signal.member === 'StateChanged') this.#noteDevice(signal)
    else if (signal.interface === ACTIVE && signal.member === 'StateChanged') {
      const [state, reason] = [asNumber(signal.body[0]), asNumber(signal.body[1])]
      if (state < 3) this.#rememberDevice(signal.path)
      if (state === 4) return this.#noteEnd(signal.path, reason)
    } else if (signal.interface === OBJECT_MANAGER && signal.member === 'InterfacesRemoved') {
      const [removed, interfaces] = signal.body
      return this.#noteRemoval(asText(removed), asTexts(interfaces))
    }
    return []
  }

  #noteRemoval(removed: string, interfaces: readonly string[]): readonly string[] {
    if (interfaces.includes(ACTIVE)) return this.#noteVanished(removed)
    if (interfaces.includes(DEVICE)) {
      this.#deviceReasons.delete(removed)
      this.#provided.delete(removed)
      this.#refused.delete(removed)
    }
    if (interfaces.includes(PROFILE)) this.#noteRemovedProfile(removed)
    return []
  }

  #noteRemovedProfile(profile: string): void {
    const settings = this.#mirror.read(profile, SETTINGS)
    const uuid = text(section(settings, 'connection'), 'uuid')
    if (settings !== undefined && isNetworkProfile(settings)) this.#networks.add(uuid)
    else this.#byUuid.delete(uuid)
  }

  #noteDevice(signal: BusSignal): void {
    if (!this.#mirror.read(signal.path, DEVICE)) return
    const [state, former, reason] = signal.body.map(asNumber) as [number, number, number]
    const said = this.#deviceReasons.get(signal.path) ?? 0
    this.#noteKey(signal.path, { state, former, reason })
    if (state >= PREPARING && state <= ACTIVATED) this.#deviceReasons.delete(signal.path)
    else if (!isInformative(said))
      this.#deviceReasons.set(signal.path, this.#meaning(signal.path, { state, former, reason }))
    // Later states repeat the reason of the first one, or know less.
  }

  /**
   * NetworkManager asks for secrets up to twice: before it connects, for those in the profile, and after the access point has refused them, also those
   * of a link that was up. It says so, or only that connecting took too long.
   */
  #noteKey(
    device: string,
    { state, former, reason }: { state: number; former: number; reason: number },
  ): void {
    if (state < PREPARING || state === ACTIVATED) {
      this.#refused.delete(device)
      this.#provided.delete(device)
    } else if (state === PREPARING && former === NEEDS_SECRETS) this.#provided.add(device)
    else if (state === NEEDS_SECRETS && (former === CONFIGURING || former === ACTIVATED)) {
      if (reason === SUPPLICANT_DISCONNECTED || this.#provided.has(device)) this.#refused.add(device)
    }
  }

  /** The reason, or what it means together with the states: NetworkManager has none for these two. */
  #meaning(device: string, change: { state: number; former: number; reason: number }): number {
    const { state, former, reason } = change
    // With iwd it does not ask again: the key that it had was of no use.
    const isRefused = this.#refused.has(device) || former === CONFIGURING
    if (state === FAILED && reason === NO_SECRETS && isRefused) return KEY_REFUSED
    const wasInUse = former >= PREPARING && former <= ACTIVATED
    const isWireless = this.#mirror.read(device, WIRELESS) !== undefined
    return isWireless && wasInUse && state === UNAVAILABLE && reason === NONE ? RADIO_OFF : reason
  }

  #rememberDevice(active: string): void {
    const [device] = texts(this.#mirror.read(active, ACTIVE), 'Devices')
    if (device !== undefined) this.#deviceOf.set(active, device)
  }

  #noteEnd(active: string, reason: number): readonly string[] {
    this.#rememberDevice(active)
    const properties = this.#mirror.read(active, ACTIVE)
    const profile = path(properties, 'Connection')
    const uuid = this.#uuidOf(active)
    // If a link outlives its profile, no configuration is left to report its end, unless it is that of a network.
    const hasProfile = profile !== null && this.#mirror.read(profile, PROFILE) !== undefined
    if (!hasProfile && !this.#networks.has(uuid)) return []
    const device = this.#deviceOf.get(active)
    const said = device === undefined ? 0 : (this.#deviceReasons.get(device) ?? 0)
    const end = endReason(reason, said)
    // NetworkManager only says that it has no (other) secret.
    const isWrong = end.reason === 'secretMissing' && this.#wasSecretRefused(uuid)
    const why: Reason = isWrong ? 'secretWrong' : end.reason
    this.#byUuid.set(uuid, Object.freeze({ activation: this.#activation(active), ...end, reason: why }))
    return [...(profile === null ? [] : [profile]), endOf(uuid)]
  }

  #noteVanished(active: string): readonly string[] {
    const isKnown = this.of(this.#uuidOf(active))?.activation === this.#activation(active)
    const stale = isKnown ? [] : this.#noteEnd(active, 0)
    this.#deviceOf.delete(active)
    return stale
  }

  /** By its profile, whose end it is: an active connection can call itself anything. */
  #uuidOf(active: string): string {
    const properties = this.#mirror.read(active, ACTIVE)
    const settings = this.#mirror.read(text(properties, 'Connection'), SETTINGS)
    return text(section(settings, 'connection'), 'uuid') || text(properties, 'Uuid')
  }
}
