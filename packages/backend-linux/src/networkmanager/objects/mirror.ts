import { type BusSignal, PROPERTIES } from '../../bus/bus-port.js'
import { asNumber, asText, asTexts, dictionary, type Properties } from '../../bus/property.js'
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
  WIRED,
  WIRELESS,
} from './names.js'

/** The interfaces that the translation reads. The rest (counters, DHCP options, DNS, link-layer neighbours) is not stored. */
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
const IGNORED: ReadonlySet<string> = new Set(['LastSeen', 'Routes', 'Addresses', 'StateReason'])

/** One object: interface name to properties. */
export type MirrorObject = ReadonlyMap<string, Properties>

/**
 * NetworkManager's objects as of the last signal: plain data, no policy. It records which objects changed until they are taken, so that
 * the work per event does not grow with what did not change.
 */
export class Mirror {
  readonly #objects = new Map<string, Map<string, Map<string, unknown>>>()
  #changed = new Set<string>()

  /** The object at a path; `undefined` if there is none. */
  object(path: string): MirrorObject | undefined {
    return this.#objects.get(path)
  }

  /** One interface of one object; `undefined` if there is none. */
  read(path: string, name: string): Properties | undefined {
    return this.#objects.get(path)?.get(name)
  }

  /** The paths of all objects with that interface. */
  *pathsWith(name: string): Iterable<string> {
    for (const [path, interfaces] of this.#objects) if (interfaces.has(name)) yield path
  }

  /** Whether {@link takeChanged} has paths to return. */
  get isChanged(): boolean {
    return this.#changed.size > 0
  }

  /** The paths that changed, appeared or vanished since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  /** Marks an object as changed although none of its properties did. */
  touch(path: string): void {
    this.#changed.add(path)
  }

  /** Adopts the answer of `ObjectManager.GetManagedObjects`. */
  fill(objects: unknown): void {
    for (const [path, interfaces] of dictionary(objects)) this.#add(path, interfaces)
  }

  /** Stores what is known of an object from elsewhere, as one more interface. No effect if the object is gone. */
  annotate(path: string, name: string, properties: Properties): void {
    const interfaces = this.#objects.get(path)
    if (!interfaces) return
    interfaces.set(name, new Map(properties))
    this.#changed.add(path)
  }

  /** Removes one of our annotations. */
  forget(path: string, name: string): void {
    if (this.#objects.get(path)?.delete(name)) this.#changed.add(path)
  }

  /** Applies one signal. Unknown signals, malformed ones and unknown objects change nothing. */
  apply(signal: BusSignal): void {
    const { interface: name, member, body } = signal
    if (name === PROPERTIES && member === 'PropertiesChanged') this.#merge(signal)
    else if (name === ACTIVE && member === 'StateChanged') this.#enterState(signal)
    else if (name !== OBJECT_MANAGER) return
    else if (member === 'InterfacesAdded') this.#add(body[0], body[1])
    else if (member === 'InterfacesRemoved') this.#remove(asText(body[0]), asTexts(body[1]))
  }

  #add(path: unknown, interfaces: unknown): void {
    if (typeof path !== 'string') return
    const object = this.#objects.get(path) ?? new Map<string, Map<string, unknown>>()
    for (const [name, properties] of dictionary(interfaces))
      if (WANTED.has(name)) object.set(name, new Map(dictionary(properties)))
    if (object.size === 0) return
    this.#objects.set(path, object)
    this.#changed.add(path)
  }

  #remove(path: string, names: readonly string[]): void {
    const object = this.#objects.get(path)
    if (!object) return
    for (const name of names) if (WANTED.has(name)) object.delete(name)
    // What is left may be our annotations, which do not outlive the object.
    if (![...object.keys()].some((name) => WANTED.has(name))) this.#objects.delete(path)
    this.#changed.add(path)
  }

  /** An active connection reports state and reason by signal, and the state a moment later by property: both are taken together. */
  #enterState({ path, body }: BusSignal): void {
    const stored = this.#objects.get(path)?.get(ACTIVE)
    if (!stored || asNumber(body[0]) !== body[0]) return
    stored.set('State', body[0])
    this.#changed.add(path)
  }

  #merge({ path, body }: BusSignal): void {
    const name = asText(body[0])
    const stored = WANTED.has(name) ? this.#objects.get(path)?.get(name) : undefined
    if (!stored) return
    let wanted = false
    for (const [property, value] of dictionary(body[1])) {
      if (IGNORED.has(property) || isSame(stored.get(property), value)) continue
      stored.set(property, value)
      wanted = true
    }
    for (const property of asTexts(body[2])) wanted = stored.delete(property) || wanted
    if (wanted) this.#changed.add(path)
  }
}

/** Whether a property that was told again, as NetworkManager does with many, is as before. A list counts as another one. */
function isSame(before: unknown, value: unknown): boolean {
  if (before === value) return true
  if (!(before instanceof Uint8Array && value instanceof Uint8Array)) return false
  return before.length === value.length && before.every((byte, index) => byte === value[index])
}
