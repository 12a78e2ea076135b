import { textWidth } from './text-width.js'

/** A cell: a text without control characters, and how it is painted, which takes no room. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

const GAP = '  '

/** Rows as lines with aligned columns; nothing trails. */
export function table(rows: readonly (readonly Cell[])[]): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, { text }] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, textWidth(text))
  }
  return rows.map((row) => line(row, widths))
}

function line(row: readonly Cell[], widths: readonly number[]): string {
  let result = ''
  let gap = ''
  for (const [column, { text, paint }] of row.entries()) {
    if (text !== '') {
      result += gap + (paint?.(text) ?? text)
      gap = ''
    }
    gap += ' '.repeat((widths[column] ?? 0) - textWidth(text)) + GAP
  }
  return result
}
