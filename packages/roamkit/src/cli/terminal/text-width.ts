import stringWidth from 'string-width'

/** How many columns a terminal needs for a text without control characters. */
export function textWidth(text: string): number {
  return stringWidth(text)
}

const ELLIPSIS = '…'

/** A text of at most that many columns, at least one: what is cut off leaves an ellipsis. Characters are never halved. */
export function truncated(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (textWidth(kept + segment) > columns - 1) break
    kept += segment
  }
  return `${kept}${ELLIPSIS}`
}
