/**
 * What a terminal obeys, or does not show: control characters (C0, DEL, C1), format characters (bidirectional overrides,
 * zero-width ones, tags), lone surrogates, the two separators that break lines, and everything else that Unicode says to hide: fillers, joiners
 * and variation selectors. One of these stays where it makes an emoji of a character or of a keycap.
 */
const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{DI}|(?<!\p{Extended_Pictographic})\ufe0f(?!\u20e3)/gu

/** A backslash that would make a name look like one of our escapes. */
const LOOKALIKE = /\\(?=u\{)/g

/**
 * Makes text from outside safe to show, such as the name of a network or the message of an error: each character that a terminal would obey
 * or hide becomes a visible escape, `\u{1b}`. Different texts stay different. A page needs its own escaping of markup besides.
 */
export function escapeText(text: string): string {
  return text.replace(LOOKALIKE, '\\u{5c}').replace(UNSAFE, (character) => `\\u{${hex(character)}}`)
}

/**
 * JSON made safe for a terminal: still JSON that says the same, with everything unsafe as `\uXXXX`. Line breaks and
 * indentation between values stay: inside of strings JSON has none.
 */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, (character) => {
    if (character === '\n') return character
    return Array.from({ length: character.length }, (_, unit) => codeUnit(character, unit)).join('')
  })
}

function codeUnit(character: string, unit: number): string {
  return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}
