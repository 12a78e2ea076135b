/** What a terminal obeys, or does not show: control, format and other invisible characters, lone surrogates, separators that break lines. */
const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{DI}|(?<!\p{Extended_Pictographic})\ufe0f(?!\u20e3)/gu

/** A backslash that would make a text look like one of our escapes. */
const LOOKALIKE = /\\(?=u\{)/g

/** Text from outside, made safe for a terminal: `\u{1b}` stands for an escape character. Different texts stay different. */
export function escapeText(text: string): string {
  return text
    .replace(LOOKALIKE, '\\u{5c}')
    .replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
