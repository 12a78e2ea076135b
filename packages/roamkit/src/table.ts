import { textWidth, truncated } from './text-width.js'

/** A cell: a text without control characters, and how it is painted, which takes no room. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** How a table is fitted to a terminal. */
export interface Fit {
  /** The width of the terminal; `null`: as wide as the texts are. */
  readonly columns: number | null
  /** The columns that are cut, by index, the first one first, until the table fits. */
  readonly cut: readonly number[]
}

const GAP = '  '

/** What is left of a column that is cut, at least; enough for its head. */
const LEAST = 10

/** Rows as lines with aligned columns; nothing trails. Where cutting is not enough, the lines are too long. */
export function table(
  rows: readonly (readonly Cell[])[],
  fit: Fit = { columns: null, cut: [] },
): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, { text }] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, textWidth(text))
  }
  const fitting = fitted(widths, fit)
  return rows.map((row) => line(row, fitting))
}

function fitted(widths: readonly number[], { columns, cut }: Fit): readonly number[] {
  const result = [...widths]
  let surplus =
    columns === null ? 0 : widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns
  for (const column of cut) {
    const width = result[column] ?? 0
    const taken = Math.max(0, Math.min(surplus, width - LEAST))
    result[column] = width - taken
    surplus -= taken
  }
  return result
}

function line(row: readonly Cell[], widths: readonly number[]): string {
  let result = ''
  let gap = ''
  for (const [column, { text, paint }] of row.entries()) {
    const shown = truncated(text, widths[column] ?? 0)
    if (shown !== '') {
      result += gap + (paint?.(shown) ?? shown)
      gap = ''
    }
    gap += ' '.repeat((widths[column] ?? 0) - textWidth(shown)) + GAP
  }
  return result
}
