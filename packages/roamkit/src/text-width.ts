/** Drawn on top of the character before: combining marks, and the selectors that choose a glyph. */
const WIDTHLESS = /[\p{Mn}\p{Me}]/u

/** Two columns wide: East Asian scripts and full-width forms, after Unicode's EastAsianWidth W and F, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** How many columns a terminal needs for a text without control characters. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) {
    if (WIDTHLESS.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}
