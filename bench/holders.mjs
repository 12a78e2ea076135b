// What counting holders across processes costs beside an activation. `node bench/holders.mjs [ROUNDS]`
import { systemClock } from '@roamkit/core'
import { linuxHolders } from '@roamkit/holders'

const rounds = Number(process.argv[2] ?? 500)
const call = { signal: new AbortController().signal }
const scope = `bench ${process.pid}`

const [one, other] = await Promise.all([
  linuxHolders({ clock: systemClock }),
  linuxHolders({ clock: systemClock }),
])
if (one === null || other === null) throw new Error('holders cannot be counted across processes here')

/** @param {() => Promise<unknown>} run */
async function timed(run) {
  const start = performance.now()
  await run()
  return performance.now() - start
}

/** @type {Record<string, number[]>} */
const times = {
  'join a link': [],
  'join, and say whose it is': [],
  'leave, others stay': [],
  'leave as the last': [],
}
for (let round = 0; round < rounds; round += 1) {
  const id = `link ${round}`
  const owned = `0a1b2c3d:1.5/${round}`
  times['join a link']?.push(await timed(() => one.locked(scope, id, (held) => held.join(held.owned), call)))
  times['join, and say whose it is']?.push(
    await timed(() => one.locked(scope, id, (held) => held.join(owned), call)),
  )
  await other.locked(scope, id, (held) => held.join(held.owned), call)
  times['leave, others stay']?.push(await timed(() => one.locked(scope, id, (held) => held.leave(), call)))
  times['leave as the last']?.push(await timed(() => other.locked(scope, id, (held) => held.leave(), call)))
}
for (const [what, all] of Object.entries(times)) {
  const sorted = all.sort((left, right) => left - right)
  const at = (/** @type {number} */ share) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(3)
  console.log(`${what.padEnd(28)}  median ${at(0.5)} ms, 95 % within ${at(0.95)} ms`)
}
await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
