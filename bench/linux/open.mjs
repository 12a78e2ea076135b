// From `open()` until it is open, beside `nmcli connection up` of the same profile; and joining and leaving a link that another process holds.
import { networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { median, record } from '../results.mjs'
import { nodeProgram, Teller } from '../teller.mjs'
import { byName, GROUP, run, timed, untilState } from './lab.mjs'

/** A link that is down when the lab starts. */
const OTHER = 'lab-b'

/** @param {number} rounds */
export async function openBesideNmcli(rounds) {
  const manager = await NetworkConfigurationManager.open(networkManager())
  const session = manager.createSession(byName(manager, OTHER))
  /** @type {Record<'open' | 'close' | 'up' | 'down', number[]>} */
  const times = { open: [], close: [], up: [], down: [] }
  // One round that does not count: programs and caches are cold.
  for (let round = -1; round < rounds; round += 1) {
    const ms = {
      open: await timed(() => session.open()),
      close: await timed(() => session.close()),
      up: await timed(() => run('nmcli', 'connection', 'up', OTHER)),
      down: await timed(() => run('nmcli', 'connection', 'down', OTHER)),
    }
    await untilState(session, 'disconnected')
    if (round < 0) continue
    for (const what of /** @type {const} */ (['open', 'close', 'up', 'down'])) times[what].push(ms[what])
  }
  await manager.close()
  record({
    ...{ group: GROUP, name: 'open() until opened', unit: 'ms', ours: median(times.open), goal: 1 },
    ...{ reference: median(times.up), referenceName: 'nmcli connection up' },
  })
  record({
    ...{ group: GROUP, name: 'close() until it is down', unit: 'ms', ours: median(times.close), goal: 1 },
    ...{ reference: median(times.down), referenceName: 'nmcli connection down' },
  })
}

/** @param {number} rounds */
export async function joinAndLeave(rounds) {
  const manager = await NetworkConfigurationManager.open(networkManager())
  const session = manager.createSession(byName(manager, OTHER))
  /** @type {Record<'alone' | 'held', { open: number[], close: number[] }>} */
  const times = { alone: { open: [], close: [] }, held: { open: [], close: [] } }
  for (let round = -1; round < rounds; round += 1) {
    for (const how of /** @type {const} */ (['alone', 'held'])) {
      const holder = how === 'held' ? new Teller(nodeProgram('linux/holder.mjs', OTHER)) : null
      await holder?.started()
      if (holder !== null) await untilState(session, 'connected')
      const open = await timed(() => session.open())
      const close = await timed(() => session.close())
      const expected = how === 'held' ? 'connected' : 'disconnected'
      if (session.state !== expected)
        throw new Error(`a link that is ${how} is ${session.state} after close()`)
      if (holder !== null) {
        // It is told to close, so that it takes the link down: what is killed leaves it up (rule H3).
        holder.ask('close')
        await untilState(session, 'disconnected')
        await holder.end()
      }
      if (round < 0) continue
      times[how].open.push(open)
      times[how].close.push(close)
    }
  }
  await manager.close()
  record({
    ...{ group: GROUP, name: 'open() of a link that another process holds', unit: 'ms' },
    ...{ ours: median(times.held.open), reference: median(times.alone.open) },
    referenceName: 'open() of a link that is down',
  })
  record({
    ...{ group: GROUP, name: 'close() of a link that another process holds', unit: 'ms' },
    ...{ ours: median(times.held.close), reference: median(times.alone.close) },
    referenceName: 'close() as the last holder',
  })
}
