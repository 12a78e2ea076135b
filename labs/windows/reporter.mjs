// A reporter for node:test that a program can read: one JSON text a line, after a record separator (RFC 7464), as nothing else begins.

/** @typedef {{ name: string, result: 'passed' | 'failed' | 'skipped', reason: string }} Outcome */

export const SEPARATOR = '\u001e'

/** @param {AsyncIterable<{ type: string, data: any }>} source */
export default async function* report(source) {
  /** @type {string[]} the suites that are open */
  const path = []
  for await (const { type, data } of source) {
    if (type === 'test:start') path[data.nesting] = data.name
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details?.type === 'suite' && type === 'test:pass') continue
    const { nesting, name, skip, todo } = data
    const isSkipped = skip !== undefined || todo !== undefined
    const error = data.details?.error
    // A suite or a file fails with its tests, which have said so; it has a failure of its own when a hook or its loading fails.
    if (type === 'test:fail' && error?.failureType === 'subtestsFailed') continue
    /** @type {Outcome} */
    const outcome = {
      name: [...path.slice(0, nesting), name].join(' > '),
      result: isSkipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed',
      reason: isSkipped ? String(skip ?? todo) : type === 'test:fail' ? reasonOf(error) : '',
    }
    yield `${SEPARATOR}${JSON.stringify(outcome)}\n`
  }
}

/** @param {any} error node:test's, with ours as its cause */
const reasonOf = (error) => String(error?.cause?.stack ?? error?.cause ?? error?.message ?? error)

/** @param {string} output @returns {Outcome[]} */
export const outcomesIn = (output) =>
  output
    .split('\n')
    .filter((line) => line.startsWith(SEPARATOR))
    .map((line) => JSON.parse(line.slice(1)))
