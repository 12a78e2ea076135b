import type { LinkConfiguration, World } from '@roamkit/core/contract'

/** A link that goes on while another backend takes over. */
interface ContinuedLink {
  /** Its id in the backend that is in use now. */
  readonly id: string
  /** Its activation as that backend names it, and as it was named before. */
  readonly theirs: string
  readonly ours: string
}

/**
 * What outlives a change of the backend: the links that were up before and are up now, with the ids and activations that they had, so that
 * the sessions on them go on. If a link has another id now, both are configurations: the earlier one is a second name for the same link, and
 * has no device, because it competes with no link. It stays until the next change of the backend, also when the link is down.
 */
export class Continuation {
  readonly #links: ReadonlyMap<string, ContinuedLink>
  /** What was made of a configuration of the backend, by earlier id. */
  readonly #named = new Map<string, { readonly of: LinkConfiguration; readonly as: LinkConfiguration }>()
  #last: { readonly of: World; readonly as: World } | null = null

  private constructor(links: ReadonlyMap<string, ContinuedLink>) {
    this.#links = links
  }

  /** Of the first backend: nothing was before it. */
  static readonly none = (): Continuation => new Continuation(new Map())

  /** From the world as it was shown last to that of another backend. */
  static between(before: World, now: World): Continuation {
    const links = new Map<string, ContinuedLink>()
    for (const old of before.configurations) {
      if (old.activation === null) continue
      const same = now.configurations.find((link) => isSameLink(old, link))
      if (same?.activation != null)
        links.set(old.id, { id: same.id, theirs: same.activation, ours: old.activation })
    }
    return new Continuation(links)
  }

  /** The backend's world, under the earlier names, too. The same object for the same world. */
  world(now: World, scope: string | null): World {
    if (this.#last?.of === now) return this.#last.as
    const as = this.#links.size === 0 && now.scope === scope ? now : this.#continue(now, scope)
    this.#last = { of: now, as }
    return as
  }

  #continue(now: World, scope: string | null): World {
    const byId = new Map(now.configurations.map((link) => [link.id, link]))
    const configurations = now.configurations.map((link) => this.#name(link.id, link))
    for (const [id, { id: theirs }] of this.#links) {
      const link = byId.get(theirs)
      if (link !== undefined && !byId.has(id)) configurations.push(this.#name(id, link))
    }
    configurations.sort((a, b) => (a.id < b.id ? -1 : 1))
    return Object.freeze({ ...now, scope, configurations: Object.freeze(configurations) })
  }

  #name(id: string, link: LinkConfiguration): LinkConfiguration {
    const continued = this.#links.get(id)
    if (continued === undefined) return link
    const known = this.#named.get(id)
    if (known?.of === link) return known.as
    const { ended } = link
    const as: LinkConfiguration = Object.freeze({
      ...link,
      id,
      ...(id !== link.id && { device: null }),
      activation: link.activation && this.ours(id, link.activation),
      ended: ended && Object.freeze({ ...ended, activation: this.ours(id, ended.activation) }),
    })
    this.#named.set(id, { of: link, as })
    return as
  }

  /** The id that the backend has for a configuration. */
  idOf(id: string): string {
    return this.#links.get(id)?.id ?? id
  }

  /** An activation of the backend, as it is shown under that id. */
  ours(id: string, activation: string): string {
    const link = this.#links.get(id)
    return link?.theirs === activation ? link.ours : activation
  }

  /** An activation that is shown under that id, as the backend has it. */
  theirs(id: string, activation: string): string {
    const link = this.#links.get(id)
    return link?.ours === activation ? link.theirs : activation
  }
}

/** Whether both are up on the same interface, with an address in common. */
function isSameLink(before: LinkConfiguration, now: LinkConfiguration): boolean {
  if (before.link !== 'up' || now.link !== 'up') return false
  const [one, other] = [before.interface, now.interface]
  if (one === null || other === null || one.name !== other.name) return false
  if (one.index !== null && other.index !== null && one.index !== other.index) return false
  return one.addresses.some((address) => other.addresses.includes(address))
}
