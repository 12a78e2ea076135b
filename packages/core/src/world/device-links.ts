import type { LinkConfiguration } from '../contract/index.js'

const NOTHING: readonly LinkConfiguration[] = []

/** Which links each device carries. A change costs nothing for other devices. */
export class DeviceLinks {
  readonly #devices = new Map<string, readonly LinkConfiguration[]>()

  /** The links on a device that are not down, in the order of their ids; the same array until one of them changes. */
  on(device: string): readonly LinkConfiguration[] {
    return this.#devices.get(device) ?? NOTHING
  }

  /** Replaces the facts of a link by newer ones; `undefined`: the link does not exist. */
  replace(before: LinkConfiguration | undefined, after: LinkConfiguration | undefined): void {
    if (before !== undefined) this.#change(before, [])
    if (after !== undefined) this.#change(after, [after])
  }

  #change({ id, device, link }: LinkConfiguration, added: readonly LinkConfiguration[]): void {
    if (device === null || link === 'down') return
    const links = [...this.on(device).filter((one) => one.id !== id), ...added]
    if (links.length === 0) this.#devices.delete(device)
    else
      this.#devices.set(
        device,
        links.sort((one, other) => (one.id < other.id ? -1 : 1)),
      )
  }
}
