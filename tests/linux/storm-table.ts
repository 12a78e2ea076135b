import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../reports/storms/', import.meta.url))

/** What came of storms: how many there were of each kind in each phase, and how they ended. */
export class StormTable {
  readonly #title: string
  readonly #rows = new Map<string, Map<string, number>>()

  /** @param title the table's first line */
  constructor(title: string) {
    this.#title = title
  }

  /** Counts one storm, or several that ended alike. */
  add(kind: string, phase: string, outcome: string, count = 1): void {
    const key = `${kind.padEnd(14)}${phase.padEnd(26)}`
    const row = this.#rows.get(key) ?? new Map<string, number>()
    row.set(outcome, (row.get(outcome) ?? 0) + count)
    this.#rows.set(key, row)
  }

  /** Prints it, and keeps it in `reports/storms/` for the end of `npm run test:linux`. */
  print(file: string, ...more: readonly string[]): void {
    const rows = [...this.#rows].map(([key, outcomes]) => {
      const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0)
      const told = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ')
      return `${key}${String(total).padStart(5)}  ${told}`
    })
    const text = [this.#title, ...rows, ...more].join('\n')
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(`${FOLDER}${file}`, `${text}\n`)
    console.log(text)
  }
}
