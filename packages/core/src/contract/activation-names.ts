/** Names activations for a backend whose system does not name them. */
export interface ActivationNames {
  /** A name that no activation has had before: neither of that configuration, nor in another run of the program. */
  fresh(id: string): string
}

/**
 * Makes a fresh name for each activation, as the contract demands, also after a restart of the program. A plain counter would start
 * at 1 again, and a link that came up in the meantime would look like the earlier one.
 *
 * If several backends of a driver show the same links, keep one instance in the driver, not in the backend: all backends of one
 * `scope` must use the same names. Other processes make other names, so `scope` must be a value of the driver's own, or `null`.
 *
 * @param run distinguishes this run from every other; random. A constant makes names that a test can predict
 */
export function activationNames(run: string = randomRun()): ActivationNames {
  const counts = new Map<string, number>()
  return {
    fresh(id) {
      const count = (counts.get(id) ?? 0) + 1
      counts.set(id, count)
      return run === '' ? `${id}#${count}` : `${id}#${run}.${count}`
    },
  }
}

/** 64 bits. */
function randomRun(): string {
  return [...crypto.getRandomValues(new Uint32Array(2))].map((part) => part.toString(36)).join('')
}
