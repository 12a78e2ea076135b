import { freezeCopy } from './plain-data.js'

/** The secret of a network, and whether the system knows it. */
export class MockSecret {
  /** Whether the system has it, so that an activation does not ask. */
  isStored: boolean
  #right: Readonly<Record<string, string>> | null

  /**
   * @param right by field; `null`: none is needed
   * @param isStored whether the system has it
   */
  constructor(right: Readonly<Record<string, string>> | null, isStored: boolean) {
    this.#right = freezeCopy(right)
    this.isStored = isStored
  }

  /** The fields that an activation has to ask for. */
  get missing(): readonly string[] {
    return this.isStored ? [] : Object.keys(this.#right ?? {})
  }

  /** Whether these are the right ones. */
  accepts(secrets: Readonly<Record<string, string>>): boolean {
    return Object.entries(this.#right ?? {}).every(([field, value]) => secrets[field] === value)
  }

  /** The network has another one: what the system has is of no use. */
  change(right: Readonly<Record<string, string>>): void {
    this.#right = freezeCopy(right)
    this.isStored = false
  }
}
