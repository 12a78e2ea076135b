/** What a terminal obeys or an editor does not show: control and format characters, lone surrogates, separators that break lines. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A backslash that would make a text look like one of our escapes. */
const LOOKALIKE = /\\(?=u\{)/g

/** The characters that a badge has room for. */
const ROOM = 40

/** Text from outside, made safe for the log and the editor: `\u{1b}` stands for an escape character. Different texts stay different. */
export function escapeText(text: string): string {
  return text
    .replace(LOOKALIKE, '\\u{5c}')
    .replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

/** What an error says, made safe. */
export function errorText(error: unknown): string {
  return escapeText(error instanceof Error ? error.message : String(error))
}

/** A name from outside, made safe and short. */
export function shortName(name: string): string {
  return shorten(escapeText(name))
}

/** A safe text that fits into a badge. */
export function shorten(text: string): string {
  const characters = [...text]
  return characters.length > ROOM ? `${characters.slice(0, ROOM - 1).join('')}…` : text
}
