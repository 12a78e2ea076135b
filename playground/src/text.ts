/** The longest name from outside that the page shows, in characters. */
const LONGEST = 60

/** The longest message of an error, which may quote a link or a trace. */
export const LONGEST_MESSAGE = 400

/** What a page does not show or what changes how it shows the rest, as in `escapeText()` of roamkit. */
const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{DI}|(?<!\p{Extended_Pictographic})\ufe0f(?!\u20e3)/gu

/**
 * A name from outside, in a sentence: cut if it is long, control and hidden characters visible, and isolated so that its direction of writing does
 * not change the rest of the sentence.
 */
export function named(text: string, longest = LONGEST): string {
  return `\u{2068}${shortened(text.replace(UNSAFE, '\u{fffd}'), longest)}\u{2069}`
}

/** A text of at most that many characters, and an ellipsis for the rest. No character is halved. */
export function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text
  const characters = [...text]
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : text
}

/** A number of configurations in words. */
export function configurations(count: number): string {
  return `${count} ${count === 1 ? 'configuration' : 'configurations'}`
}

/** Milliseconds as seconds: `1.250 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`
}
