import type { HeldLink } from '../reports/held-links.js'

/** A link that a process holds, and where the process came from. */
export interface RoamingLink extends HeldLink {
  /** The link that the process held before, or holds beside this one; `null` if none was seen. */
  readonly origin: HeldLink | null
  /** Whether the process still holds that link: its session roams just now, or it has several. */
  readonly isBoth: boolean
}

/** How holders move from link to link, as far as successive looks show it: no process reports it. */
export class Roams {
  #before: readonly RoamingLink[] = []

  /** Whether a process held that link at the last look. */
  wasHeld(identifier: string): boolean {
    return this.#before.some((link) => link.identifier === identifier)
  }

  /** @param held who holds what now */
  look(held: readonly HeldLink[]): readonly RoamingLink[] {
    this.#before = held.map((link) => {
      const origin = this.#originOf(link, held)
      return { ...link, origin, isBoth: held.some((other) => origin !== null && isSame(other, origin)) }
    })
    return this.#before
  }

  #originOf(link: HeldLink, held: readonly HeldLink[]): HeldLink | null {
    if (link.holder.pid === null) return null
    const known = this.#before.find((before) => isSame(before, link))
    if (known !== undefined) return known.origin
    const earlier = held.filter((other) => sinceOf(other) < sinceOf(link))
    const others = [...this.#before, ...earlier].filter(
      (other) => other.holder.pid === link.holder.pid && other.identifier !== link.identifier,
    )
    return others.sort((left, right) => (sinceOf(left) < sinceOf(right) ? 1 : -1))[0] ?? null
  }
}

function isSame(left: HeldLink, right: HeldLink): boolean {
  return left.identifier === right.identifier && left.holder.pid === right.holder.pid
}

/** ISO times are ordered as texts. */
function sinceOf({ holder: { since } }: HeldLink): string {
  return since ?? ''
}
