import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../reports/', import.meta.url))

/** Keeps a backend's table of verdicts in `reports/`, for the end of `npm test`. */
export function report(backend: string, table: string): void {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(`${FOLDER}conformance-${backend}.txt`, `conformance of ${backend}\n${table}\n`)
}
