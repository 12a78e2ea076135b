import type { BusSignal } from './bus/bus-port.js'
import {
  ACCESS_POINT,
  ACTIVE,
  DEVICE,
  IP4,
  IP6,
  MODEM,
  NM,
  OBJECT_MANAGER,
  PROFILE,
  PROPERTIES,
  WIRED,
  WIRELESS,
} from './names.js'
import { dictionary, type Properties, text, texts } from './property.js'

/** What is read by the translation; the rest (counters, DHCP options, DNS, link-layer neighbours) is not even stored. */
const WANTED: ReadonlySet<string> = new Set([
  NM,
  ACTIVE,
  PROFILE,
  DEVICE,
  WIRED,
  WIRELESS,
  MODEM,
  ACCESS_POINT,
  IP4,
  IP6,
  `${NM}.VPN.Connection`,
])

/** Properties that change often and are never read. */
const IGNORED: ReadonlySet<string> = new Set(['LastSeen', 'RouteData', 'Routes', 'Addresses', 'StateReason'])

/** One object: interface name to properties. */
export type MirrorObject = ReadonlyMap<string, Properties>

/**
 * NetworkManager's objects as of the last signal: plain data, no policy. Which objects changed is kept until it is taken,
 * so that work per event does not grow with what did not change.
 */
export class Mirror {
  readonly #objects = new Map<string, Map<string, Properties>>()
  #changed = new Set<string>()

  /** The object at a path, `undefined` where there is none. */
  object(path: string): MirrorObject | undefined {
    return this.#objects.get(path)
  }

  /** One interface of one object, `undefined` where there is none. */
  read(path: string, name: string): Properties | undefined {
    return this.#objects.get(path)?.get(name)
  }

  /** The paths of all objects with that interface. */
  *having(name: string): Iterable<string> {
    for (const [path, interfaces] of this.#objects) if (interfaces.has(name)) yield path
  }

  /** Whether {@link takeChanged} has something to give. */
  get isChanged(): boolean {
    return this.#changed.size > 0
  }

  /** The paths that changed, appeared or vanished since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  /** Marks an object as changed although no property of it did. */
  touch(path: string): void {
    this.#changed.add(path)
  }

  /** Takes over the answer of `ObjectManager.GetManagedObjects`. */
  fill(objects: unknown): void {
    for (const [path, interfaces] of Object.entries(dictionary(objects))) this.#add(path, interfaces)
  }

  /** Stores what is known of an object from elsewhere, as one more interface; not for objects that are gone. */
  annotate(path: string, name: string, properties: Properties): void {
    const interfaces = this.#objects.get(path)
    if (!interfaces) return
    interfaces.set(name, properties)
    this.#changed.add(path)
  }

  /** Takes one of our annotations back. */
  forget(path: string, name: string): void {
    if (this.#objects.get(path)?.delete(name)) this.#changed.add(path)
  }

  /** Applies one signal; unknown ones and unknown objects change nothing. */
  apply(signal: BusSignal): void {
    if (signal.interface === PROPERTIES && signal.member === 'PropertiesChanged') this.#merge(signal)
    else if (signal.interface === ACTIVE && signal.member === 'StateChanged') this.#enterState(signal)
    else if (signal.interface !== OBJECT_MANAGER) return
    else if (signal.member === 'InterfacesAdded') this.#add(String(signal.body[0]), signal.body[1])
    else if (signal.member === 'InterfacesRemoved')
      this.#remove(String(signal.body[0]), texts({ all: signal.body[1] }, 'all'))
  }

  #add(path: string, interfaces: unknown): void {
    const object = this.#objects.get(path) ?? new Map<string, Properties>()
    for (const [name, properties] of Object.entries(dictionary(interfaces)))
      if (WANTED.has(name)) object.set(name, { ...dictionary(properties) })
    if (object.size === 0) return
    this.#objects.set(path, object)
    this.#changed.add(path)
  }

  #remove(path: string, names: readonly string[]): void {
    const object = this.#objects.get(path)
    if (!object) return
    for (const name of names) object.delete(name)
    // What is left may be annotations of ours, which do not outlive the object.
    if (![...object.keys()].some((name) => WANTED.has(name))) this.#objects.delete(path)
    this.#changed.add(path)
  }

  /** An active connection tells state and reason by signal, and the state a moment later by property: taken together. */
  #enterState(signal: BusSignal): void {
    const stored = this.#objects.get(signal.path)?.get(ACTIVE) as Record<string, unknown> | undefined
    if (!stored) return
    stored.State = signal.body[0]
    this.#changed.add(signal.path)
  }

  #merge(signal: BusSignal): void {
    const stored = this.#objects.get(signal.path)?.get(text({ name: signal.body[0] }, 'name')) as
      | Record<string, unknown>
      | undefined
    if (!stored) return
    let wanted = false
    for (const [name, value] of Object.entries(dictionary(signal.body[1]))) {
      if (IGNORED.has(name)) continue
      stored[name] = value
      wanted = true
    }
    for (const name of texts({ all: signal.body[2] }, 'all')) delete stored[name]
    if (wanted) this.#changed.add(signal.path)
  }
}
