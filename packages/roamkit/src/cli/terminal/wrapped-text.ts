import { textWidth } from './text-width.js'

/** A text without control characters in lines of at most `width` columns, broken at spaces; a longer word keeps its own line. */
export function wrappedText(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}
