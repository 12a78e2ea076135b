import { fileURLToPath } from 'node:url'
import { keepVerdicts } from '../../../scripts/conformance-record.mjs'
import { table, type Verdict } from '../src/index.js'

const FOLDER = fileURLToPath(new URL('../reports/', import.meta.url))

/** Writes a backend's verdicts to `reports/`, which `npm test` prints at the end. */
export function report(backend: string, verdicts: readonly Verdict[]): void {
  keepVerdicts(FOLDER, backend, { verdicts, table: table(verdicts) })
}
