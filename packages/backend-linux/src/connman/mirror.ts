import type { BusSignal } from '../bus/bus-port.js'
import { asText, asTexts, dictionary, flag, type Properties, text } from '../bus/property.js'
import { MANAGER, MANAGER_PATH, OBJECT_MANAGER, SERVICE, SERVICE_ROOT, TECHNOLOGY } from './names.js'

/** The properties of a service that the translation reads. The rest (time servers, mDNS) is not stored. */
const WANTED: ReadonlySet<string> = new Set([
  ...['State', 'Error', 'Name', 'Type', 'Security', 'Strength', 'Favorite', 'Immutable', 'Ethernet'],
  ...['IPv4', 'IPv6', 'IPv4.Configuration', 'IPv6.Configuration', 'Nameservers', 'Domains', 'Proxy'],
  ...['Provider', 'Roaming'],
])

/** The identifier of a service: the last part of its object path. `null` for any other path. */
function identifierOf(path: unknown): string | null {
  const said = asText(path)
  const id = said.startsWith(SERVICE_ROOT) ? said.slice(SERVICE_ROOT.length) : ''
  return /^\w+$/.test(id) ? id : null
}

/** ConnMan's services and technologies as of the last signal: plain data, no policy. */
export class Mirror {
  readonly #services = new Map<string, Map<string, unknown>>()
  /** Technologies, by object path. */
  readonly #technologies = new Map<string, Map<string, unknown>>()
  #order: readonly string[] = []

  /** A service's properties; `undefined` if ConnMan lists none with that identifier. */
  service(id: string): Properties | undefined {
    return this.#services.get(id)
  }

  /** The identifiers in ConnMan's order: connected services first, and of these the owner of the default route. */
  get order(): readonly string[] {
    return this.#order
  }

  /** The object paths of the technologies of a type that are switched on. */
  powered(type: string): readonly string[] {
    return [...this.#technologies].flatMap(([path, properties]) =>
      text(properties, 'Type') === type && flag(properties, 'Powered') === true ? [path] : [],
    )
  }

  /** The type of a technology that is there and switched off; `null` for any other path. */
  switchedOff(path: string): string | null {
    const technology = this.#technologies.get(path)
    return flag(technology, 'Powered') === false ? text(technology, 'Type') : null
  }

  /** Adopts the answers of `GetServices` and `GetTechnologies`. */
  fill(services: unknown, technologies: unknown): void {
    this.#list(services, [])
    for (const [path, properties] of pairs(technologies)) this.#technologies.set(path, new Map(properties))
  }

  /** Whether services may vanish with that signal. */
  mayRemove({ member }: BusSignal): boolean {
    return member === 'ServicesChanged' || member === 'InterfacesRemoved'
  }

  /**
   * Applies one signal. Returns the identifiers of the services that changed, appeared or vanished, or `null` if nothing changed. Unknown
   * signals, malformed ones and unknown objects change nothing.
   */
  apply({ path, interface: name, member, body }: BusSignal): readonly string[] | null {
    switch (`${name}.${member}`) {
      case `${SERVICE}.PropertyChanged`:
        return this.#change(identifierOf(path), asText(body[0]), body[1])
      case `${MANAGER}.ServicesChanged`:
        return path === MANAGER_PATH ? this.#list(body[0], asList(body[1])) : null
      case `${OBJECT_MANAGER}.InterfacesRemoved`:
        return asTexts(body[1]).includes(SERVICE) ? this.#remove([body[0]]) : null
      case `${TECHNOLOGY}.PropertyChanged`:
        return this.#changeTechnology(path, asText(body[0]), body[1])
      case `${MANAGER}.TechnologyAdded`:
        this.#technologies.set(asText(body[0]), new Map(dictionary(body[1])))
        return []
      case `${MANAGER}.TechnologyRemoved`:
        return this.#technologies.delete(asText(body[0])) ? [] : null
      default:
        return null
    }
  }

  /** The list has every service, in order. One that is known comes without properties, unless they changed. */
  #list(services: unknown, removed: readonly unknown[]): readonly string[] {
    const touched = [...(this.#remove(removed) ?? [])]
    const order = new Set<string>()
    for (const [path, properties] of pairs(services)) {
      const id = identifierOf(path)
      if (id === null) continue
      const stored = this.#services.get(id) ?? new Map<string, unknown>()
      for (const [property, value] of properties) if (WANTED.has(property)) stored.set(property, value)
      if (stored.size === 0) continue
      this.#services.set(id, stored)
      order.add(id)
      if (properties.size > 0) touched.push(id)
    }
    for (const id of this.#services.keys()) order.add(id)
    this.#order = [...order]
    return touched
  }

  #remove(paths: readonly unknown[]): readonly string[] | null {
    const ids = paths.map(identifierOf).filter((id) => id !== null && this.#services.delete(id)) as string[]
    if (ids.length === 0) return null
    this.#order = this.#order.filter((id) => this.#services.has(id))
    return ids
  }

  #change(id: string | null, property: string, value: unknown): readonly string[] | null {
    const stored = id === null ? undefined : this.#services.get(id)
    if (id === null || !stored || !WANTED.has(property)) return null
    stored.set(property, value)
    return [id]
  }

  #changeTechnology(path: string, property: string, value: unknown): readonly string[] | null {
    const stored = this.#technologies.get(path)
    if (!stored || (property !== 'Powered' && property !== 'Type')) return null
    stored.set(property, value)
    return []
  }
}

/** The pairs of an object path and its properties in a list; what is none is left out. */
function pairs(value: unknown): readonly (readonly [path: string, properties: Properties])[] {
  return asList(value).flatMap((pair) =>
    Array.isArray(pair) && typeof pair[0] === 'string' ? [[pair[0], dictionary(pair[1])] as const] : [],
  )
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
