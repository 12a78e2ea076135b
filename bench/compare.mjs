import { record } from './results.mjs'

/**
 * Something that is measured: set up once, run in every round.
 *
 * @typedef {() => Promise<{ run(events: number): Promise<void>, end(): Promise<void> }>} Contestant
 */

/**
 * Runs the contestants in turn, round by round, so that whatever the machine does meets all of them, and prints the median
 * of each, its quartiles, and its ratio to the first one.
 *
 * @param {string} title
 * @param {{ rounds: number, events: number, contestants: Record<string, Contestant>, group?: string, ours?: Record<string, string[]> }} options
 *   ours: what is put on record, each beside these others
 */
export async function compare(title, { rounds, events, contestants, group = '', ours = {} }) {
  if (!(rounds >= 1 && events >= 1)) throw new RangeError('at least one round of one event')
  const entries = await Promise.all(
    Object.entries(contestants).map(async ([name, prepare]) => ({
      name,
      contestant: await prepare(),
      /** @type {number[]} */ times: [],
    })),
  )
  // One round for the compiler, which does not count.
  for (let round = -1; round < rounds; round += 1) {
    for (const { contestant, times } of entries) {
      const start = performance.now()
      await contestant.run(events)
      if (round >= 0) times.push(((performance.now() - start) * 1e6) / events)
    }
  }
  for (const { contestant } of entries) await contestant.end()
  const rows = entries.map(({ name, times }) => ({ name, ...spread(times) }))
  const first = rows[0]?.median ?? Number.NaN
  const width = Math.max(...rows.map(({ name }) => name.length))
  console.log(`${title}: ns per event, median of ${rounds} rounds of ${events} (quartiles)`)
  for (const { name, median, low, high } of rows) {
    const numbers = `${median.toFixed(0).padStart(8)} (${low.toFixed(0)} to ${high.toFixed(0)})`
    console.log(`  ${name.padEnd(width)} ${numbers.padEnd(28)} x ${(median / first).toFixed(2)}`)
  }
  for (const [name, references] of Object.entries(ours))
    for (const reference of references) {
      const [mine, other] = [name, reference].map((one) => rows.find((row) => row.name === one))
      if (mine === undefined || other === undefined)
        throw new Error(`no such contestant: ${name} or ${reference}`)
      record({
        ...{ group, name: `${title}: ${name}`, unit: 'ns', ours: mine.median },
        ...{ reference: other.median, referenceName: reference },
      })
    }
}

/** @param {readonly number[]} times */
function spread(times) {
  const sorted = [...times].sort((one, other) => one - other)
  const at = (/** @type {number} */ share) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}
