/** The longest name from outside that the page shows, in UTF-16 code units. */
const LONGEST = 60

/**
 * A name from outside, in a sentence: cut if it is long, control characters visible, and isolated so that its direction of writing does not
 * change the rest of the sentence.
 */
export function named(text: string, longest = LONGEST): string {
  const safe = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
  const cut = safe.length > longest ? `${safe.slice(0, longest)}…` : safe
  return `\u{2068}${cut}\u{2069}`
}

/** Milliseconds as seconds: `1.250 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`
}
