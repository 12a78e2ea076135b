/** The candidates that a word may stand for, the likeliest first; none if nothing is similar. */
export function nearest(word: string, candidates: Iterable<string>): readonly string[] {
  const wanted = word.toLowerCase()
  const likely: { readonly candidate: string; readonly distance: number }[] = []
  for (const candidate of new Set(candidates)) {
    const known = candidate.toLowerCase()
    const begins = wanted !== '' && (known.startsWith(wanted) || wanted.startsWith(known))
    const distance = begins ? 0 : editDistance(wanted, known)
    if (distance <= Math.max(wanted.length, known.length) / 3) likely.push({ candidate, distance })
  }
  return likely.sort((left, right) => left.distance - right.distance).map(({ candidate }) => candidate)
}

/** How many letters must be added, removed or replaced (Levenshtein). */
export function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
