/** From this many changes of a sorted list on, sorting it again costs less than finding a place for each. */
export const MANY_CHANGES = 32

/**
 * Finds, by bisection, where in a sorted list an element is or belongs: behind all that come before it.
 *
 * @param isBefore whether an element of the list comes before the one that is looked for
 */
export function placeIn<T>(sorted: readonly T[], isBefore: (other: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(sorted[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}
