import { fileURLToPath } from 'node:url'
import { keepVerdicts } from '../../../scripts/conformance-record.mjs'
import { table, type Verdict } from '../src/index.js'

const FOLDER = fileURLToPath(new URL('../reports/', import.meta.url))

/** Keeps a backend's verdicts in `reports/`, for the end of `npm test`. */
export function report(backend: string, verdicts: readonly Verdict[]): void {
  keepVerdicts(FOLDER, backend, { verdicts, table: table(verdicts) })
}
