import { textWidth, truncated } from './text-width.js'
import { wrappedText } from './wrapped-text.js'

/** A cell: a text without control characters, and how it is painted, which takes no room. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** How a table is fitted to a terminal. Columns are given by index. */
export interface Fit {
  /** The width of the terminal; `null`: as wide as the texts are. */
  readonly columns: number | null
  /** The columns that are cut, the first one first, until the table fits. */
  readonly cut: readonly number[]
  /**
   * The last column, if it must stay whole: where cutting the others is not enough, it goes to lines of its own below each
   * row, broken at spaces.
   */
  readonly below?: number
  /** The columns that are cut after that, to a few characters if need be. */
  readonly cutLast?: readonly number[]
}

const GAP = '  '

/** What is left of a column that is cut, at least; enough for its head. */
const LEAST = 10
/** And of one that is cut for want of any other room. */
const LEAST_OF_ALL = 4

/** Rows as lines with aligned columns; nothing trails. Where cutting is not enough, the lines are too long. */
export function table(
  rows: readonly (readonly Cell[])[],
  fit: Fit = { columns: null, cut: [] },
): readonly string[] {
  const { columns, cut, below, cutLast = [] } = fit
  const limit = columns ?? Number.POSITIVE_INFINITY
  const widths = cutTo(limit, widthsOf(rows), cut, LEAST)
  if (total(widths) <= limit) return rows.map((row) => line(row, widths))
  if (below === undefined) return rows.map((row) => line(row, cutTo(limit, widths, cutLast, LEAST_OF_ALL)))
  const aside = rows.map((row) => row.slice(0, below))
  const narrow = cutTo(limit, cutTo(limit, widthsOf(aside), cut, LEAST), cutLast, LEAST_OF_ALL)
  return rows.flatMap((row, index) => [
    line(aside[index] ?? [], narrow),
    ...linesBelow(row[below], limit - GAP.length),
  ])
}

function linesBelow(cell: Cell | undefined, width: number): readonly string[] {
  if (cell === undefined || cell.text === '') return []
  return wrappedText(cell.text, width).map((text) => GAP + (cell.paint?.(text) ?? text))
}

function widthsOf(rows: readonly (readonly Cell[])[]): readonly number[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, { text }] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, textWidth(text))
  return widths
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
}

function cutTo(
  limit: number,
  widths: readonly number[],
  cut: readonly number[],
  least: number,
): readonly number[] {
  const result = [...widths]
  for (const column of cut) {
    const width = result[column] ?? 0
    const surplus = Math.max(0, total(result) - limit)
    result[column] = width - Math.max(0, Math.min(surplus, width - least))
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
