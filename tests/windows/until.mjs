import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits until it holds; fails with what there was instead.
 *
 * @param {string} what
 * @param {() => boolean | Promise<boolean>} holds
 * @param {{ within?: number, seen?: () => unknown }} [options] within: milliseconds
 */
export async function until(what, holds, { within = 10_000, seen = () => '' } = {}) {
  const end = performance.now() + within
  while (!(await holds())) {
    if (performance.now() > end)
      throw new Error(`${what}: not within ${within} ms. ${JSON.stringify(seen())}`)
    await delay(2)
  }
}
