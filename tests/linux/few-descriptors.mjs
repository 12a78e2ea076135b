// Counts holders with a few descriptors left, then with enough; prints what it found.
import { closeSync, openSync } from 'node:fs'
import { linuxHolders } from '@roamkit/holders'
import { clock } from '../elsewhere/clock.mjs'

const call = { signal: new AbortController().signal }
/** @type {Record<string, unknown>} */
const found = {}
const holders = await linuxHolders({ clock })
if (holders === null) throw new Error('not on Linux')
/** @type {number[]} */
const files = []

/** @param {string} name */
async function look(name) {
  await holders?.locked(
    `few ${process.pid}`,
    name,
    async (held) => {
      const { certainty, others } = held
      found[name] = { certainty, others, excluded: await held.exclude() }
    },
    call,
  )
}

for (let left = 0; left < 4; left += 1) {
  try {
    for (;;) files.push(openSync('/dev/null', 'r'))
  } catch {
    // All are used up.
  }
  for (let count = 0; count < left; count += 1) closeSync(files.pop() ?? -1)
  await look(`${left}`)
}
for (const file of files) closeSync(file)
await look('all')
await holders[Symbol.asyncDispose]()
process.stdout.write(JSON.stringify(found))
