import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { HeapGrowth, withoutOptimisedCode } from '../heap.js'
import { openHost, PROFILE, until } from './host.js'

const run = promisify(execFile)
withoutOptimisedCode()

/** How many connections and pipes this process has open. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap' || name === 'TCPSocketWrap')
    .length
}

/** How many match rules all clients of the bus have. */
async function matchRules(): Promise<number> {
  const { stdout } = await run('dbus-send', [
    '--system',
    '--print-reply',
    '--dest=org.freedesktop.DBus',
    '/org/freedesktop/DBus',
    'org.freedesktop.DBus.Debug.Stats.GetAllMatchRules',
  ])
  return stdout.split('\n').filter((line) => line.includes('type=')).length
}

it('200 times opening and closing on real NetworkManager: no growth of match rules, listeners or heap', async () => {
  const manager = await openHost()
  const cycle = async () => {
    const session = manager.createSession(PROFILE.b)
    await session.open()
    await session.close()
  }
  // Until what is kept once is there.
  for (let count = 0; count < 150; count += 1) await cycle()
  const before = {
    rules: await matchRules(),
    sockets: sockets(),
  }
  const heap = new HeapGrowth()
  heap.measure()
  for (let count = 1; count <= 200; count += 1) {
    await cycle()
    if (count % 25 === 0) heap.measure()
  }
  expect(await matchRules()).toBe(before.rules)
  // The pipes of dbus-send close a little after it has ended.
  await until(() => expect(sockets()).toBeLessThanOrEqual(before.sockets))
  expect(heap.perStep).toBeLessThan(40_000)
  console.log(`200 cycles: heap, KiB: ${heap}; match rules ${before.rules} before and after`)
}, 60_000)
