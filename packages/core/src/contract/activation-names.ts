/** Names activations, for a backend whose system does not. */
export interface ActivationNames {
  /** A name that no activation has had before: not of that configuration, and not in another run of the program. */
  fresh(id: string): string
}

/**
 * Names of activations that are fresh for each, as the contract wants them, also after a restart of the program: counting alone would
 * begin at 1 again, and a link that came up meanwhile would look like the one from before.
 *
 * Keep one in the driver, not in the backend, if several backends of the driver show the same links: what they call an activation
 * must be the same for all of one `scope`. Other processes give other names. So `scope` is a value of the driver's own, or `null`.
 *
 * @param run what tells this run from every other; random. A constant makes names that a test can foresee
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
