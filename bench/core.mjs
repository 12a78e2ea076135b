// What many sessions on one link cost: all opened in one tick, closed in one tick. `node bench/core.mjs [SESSIONS ...]`
import { mock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'

const MANAGERS = 245
// Nothing of the mock keeps a process alive.
setInterval(() => {}, 1000)

/** @param {() => Promise<unknown>} run */
async function timed(run) {
  const start = performance.now()
  await run()
  return `${(performance.now() - start).toFixed(0).padStart(7)} ms`
}

/** @param {number} count */
async function sessions(count) {
  const driver = mock({ configurations: [{ id: 'link' }] })
  const manager = await NetworkConfigurationManager.open(driver)
  const all = Array.from({ length: count }, () => manager.createSession('link'))
  const opened = await timed(() => Promise.all(all.map((session) => session.open())))
  const flapped = await timed(async () => {
    driver.world.flap('link')
    await new Promise((resolve) => setTimeout(resolve, 1))
  })
  const closed = await timed(() => Promise.all(all.map((session) => session.close())))
  console.log(`${count} sessions`.padEnd(16), `opened ${opened}  link flaps ${flapped}  closed ${closed}`)
  await manager.close()
}

/** @param {number} count */
async function managers(count) {
  const driver = mock({ scope: 'bench', configurations: [{ id: 'link' }] })
  const all = await Promise.all(Array.from({ length: count }, () => NetworkConfigurationManager.open(driver)))
  const held = all.map((manager) => manager.createSession('link'))
  const opened = await timed(() => Promise.all(held.map((session) => session.open())))
  const closed = await timed(() => Promise.all(held.map((session) => session.close())))
  console.log(`${count} managers`.padEnd(16), `opened ${opened}  closed ${closed}`)
  await Promise.all(all.map((manager) => manager.close()))
}

const counts = process.argv.slice(2).map(Number)
for (const count of counts.length > 0 ? counts : [1000, 10_000, 20_000]) await sessions(count)
await managers(MANAGERS)
process.exit()
