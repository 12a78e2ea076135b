import {
  type DefaultRoute,
  decodeAddress,
  decodeDefaultRoute,
  decodeLink,
  isSameLink,
  type KernelAddress,
  type KernelLink,
  type Listing,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_DELROUTE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWROUTE,
} from './rtnetlink.js'
import type { NetlinkMessage } from './wire.js'

/**
 * The links and addresses of the kernel as it reports them, and its default routes as it lists them. Does no I/O. It collects which
 * interfaces have changed, and which lists have to be read again.
 */
export class Mirror {
  readonly #links = new Map<number, KernelLink>()
  readonly #names = new Map<string, number>()
  /** The interfaces that ride on one, or are its ports. */
  readonly #dependants = new Map<number, Set<number>>()
  readonly #addresses = new Map<number, Map<string, KernelAddress>>()
  readonly #routes = new Map<Listing, readonly DefaultRoute[]>()
  readonly #changed = new Set<number>()
  readonly #stale = new Set<Listing>()
  #listing: { readonly what: Listing; readonly seen: Set<string>; readonly routes: DefaultRoute[] } | null =
    null

  /** The interface with that index. */
  link(index: number): KernelLink | undefined {
    return this.#links.get(index)
  }

  /** All addresses of an interface, those of IPv4 first. */
  addresses(index: number): readonly KernelAddress[] {
    const all = [...(this.#addresses.get(index)?.values() ?? [])]
    return all.sort((one, other) => one.family - other.family)
  }

  /** The default routes, best first: those of IPv4, then those of IPv6. */
  get routes(): readonly DefaultRoute[] {
    return (['routes4', 'routes6'] as const).flatMap((what) => this.#routes.get(what) ?? [])
  }

  /** The interfaces that have changed since the last call, or that one of those matters to. */
  takeChanged(): readonly number[] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  /** The lists to be read again, since the last call: what the kernel reports about them does not say everything. */
  takeStale(): readonly Listing[] {
    const stale = [...this.#stale]
    this.#stale.clear()
    return stale
  }

  /** A list begins. What it lacks at its end is gone. */
  beginListing(what: Listing): void {
    this.#listing = { what, seen: new Set(), routes: [] }
  }

  /** The list is complete. */
  endListing(): void {
    const listing = this.#listing
    this.#listing = null
    if (listing === null) return
    const { what, seen, routes } = listing
    if (what === 'links') {
      for (const index of this.#links.keys()) if (!seen.has(`${index}`)) this.#removeLink(index)
    } else if (what === 'addresses') {
      for (const address of [...this.#addresses.values()].flatMap((some) => [...some.values()]))
        if (!seen.has(keyOf(address))) this.#removeAddress(address)
    } else this.#replaceRoutes(what, routes)
  }

  /** The list is incomplete, so it proves no absence. */
  abandonListing(): void {
    this.#listing = null
  }

  /** Applies a message: what the kernel reports (`event`), or a part of the list that was begun (`listed`). */
  apply({ type, payload }: NetlinkMessage, from: 'event' | 'listed'): void {
    switch (type) {
      case RTM_NEWLINK:
      case RTM_DELLINK: {
        const link = decodeLink(payload)
        if (link && type === RTM_NEWLINK) this.#setLink(link)
        else if (link) this.#removeLink(link.index)
        return
      }
      case RTM_NEWADDR:
      case RTM_DELADDR: {
        const address = decodeAddress(payload)
        if (address && type === RTM_NEWADDR) this.#setAddress(address)
        else if (address) this.#removeAddress(address)
        return
      }
      case RTM_NEWROUTE:
      case RTM_DELROUTE:
        this.#applyRoutes(decodeDefaultRoute(payload), from)
    }
  }

  #setLink(link: KernelLink): void {
    const { index, key } = link
    const before = this.#links.get(index)
    this.#note('links', `${index}`)
    // The kernel also reports what is none of our business, such as statistics of Wi-Fi, and others' settings.
    if (before && isSameLink(before, link)) return
    // Names are unique: the interface that had this one is gone, and the news of that was lost.
    const namesake = this.#names.get(key)
    if (namesake !== undefined && namesake !== index) this.#removeLink(namesake)
    if (before && before.key !== key) this.#names.delete(before.key)
    this.#names.set(key, index)
    this.#links.set(index, link)
    this.#changed.add(index)
    this.#moveDependant(before, link)
    if (before?.key !== key || before.kind !== link.kind) this.#noteDependants(index)
    if (before?.isUp && !link.isUp) this.#losesRoutes(index)
  }

  #removeLink(index: number): void {
    const link = this.#links.get(index)
    if (!link) return
    this.#links.delete(index)
    this.#names.delete(link.key)
    this.#addresses.delete(index)
    this.#changed.add(index)
    this.#moveDependant(link, undefined)
    this.#noteDependants(index)
    this.#losesRoutes(index)
    if (this.#listing?.what === 'links') this.#listing.seen.delete(`${index}`)
  }

  #setAddress(address: KernelAddress): void {
    const { index, key } = address
    const all = this.#addresses.get(index) ?? new Map<string, KernelAddress>()
    this.#addresses.set(index, all)
    all.set(key, address)
    this.#note('addresses', keyOf(address))
    this.#changed.add(index)
  }

  #removeAddress({ index, key, family }: KernelAddress): void {
    const all = this.#addresses.get(index)
    if (!all?.delete(key)) return
    if (all.size === 0) this.#addresses.delete(index)
    this.#changed.add(index)
    if (family === 4) this.#losesRoutes(index)
  }

  /**
   * Which routes an event leaves is not computed here: a deletion may be of one hop of several, and a new route may replace another one that it
   * does not name. So the list is read again.
   */
  #applyRoutes(routes: readonly DefaultRoute[], from: 'event' | 'listed'): void {
    // A kernel without IPv6 (`ipv6.disable=1`) lists the routes of all other families in place of those of IPv6.
    if (from === 'listed')
      this.#listing?.routes.push(...routes.filter(({ family }) => this.#listing?.what === `routes${family}`))
    else for (const { family } of routes) this.#stale.add(`routes${family}`)
  }

  /** The kernel deletes the routes of an interface that goes down, or that loses an IPv4 address, without a message for each. */
  #losesRoutes(index: number): void {
    for (const [what, routes] of this.#routes)
      if (routes.some((route) => route.index === index)) this.#stale.add(what)
  }

  #replaceRoutes(what: Listing, listed: readonly DefaultRoute[]): void {
    const before = this.#routes.get(what) ?? []
    const routes = [...listed].sort((one, other) => one.metric - other.metric)
    this.#routes.set(what, routes)
    if (JSON.stringify(routes) !== JSON.stringify(before))
      for (const { index } of [...before, ...routes]) this.#changed.add(index)
  }

  #moveDependant(before: KernelLink | undefined, now: KernelLink | undefined): void {
    for (const above of [before?.base, before?.master]) {
      const dependants = above && this.#dependants.get(above)
      if (!dependants || !before) continue
      dependants.delete(before.index)
      if (dependants.size === 0) this.#dependants.delete(above)
    }
    for (const above of [now?.base, now?.master]) {
      if (!above || !now) continue
      const dependants = this.#dependants.get(above) ?? new Set<number>()
      this.#dependants.set(above, dependants.add(now.index))
    }
  }

  #noteDependants(index: number): void {
    for (const dependant of this.#dependants.get(index) ?? []) this.#changed.add(dependant)
  }

  #note(what: Listing, key: string): void {
    if (this.#listing?.what === what) this.#listing.seen.add(key)
  }
}

function keyOf({ index, key }: KernelAddress): string {
  return `${index} ${key}`
}
