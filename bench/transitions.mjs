// What one transition of a link costs core, from the backend's poke to the listeners of three open sessions on it, one of them
// on a service network: with 10 and with 1 000 configurations, a million transitions of each unless told otherwise.
//   node bench/transitions.mjs [--rounds 20 --events 50000]
import { parseArgs } from 'node:util'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { compare } from './compare.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, events: { type: 'string', default: '50000' } },
})

let told = 0

/** @param {number} configurations */
const world = (configurations) => async () => {
  const others = Array.from({ length: configurations - 1 }, (_, index) => ({ id: `other-${index}` }))
  const driver = mock({ configurations: [{ id: 'link', link: 'up' }, ...others] })
  const manager = await NetworkConfigurationManager.open(driver, { clock: new VirtualClock() })
  manager.defineServiceNetwork({ identifier: 'network', members: ['link'] })
  const sessions = ['link', 'link', 'network'].map((id) => manager.createSession(id))
  for (const session of sessions) {
    session.on('stateChanged', () => {
      told += 1
    })
    await session.open()
  }
  let carries = true
  return {
    /** @param {number} events */
    async run(events) {
      for (let event = 0; event < events; event += 1) {
        carries = !carries
        const before = told
        driver.world.carrier('link', carries)
        while (told < before + sessions.length) await null
      }
    },
    end: () => manager.close(),
  }
}

await compare('A link loses its carrier, or has it again', {
  rounds: Number(values.rounds),
  events: Number(values.events),
  contestants: { '10 configurations': world(10), '1 000 configurations': world(1000) },
})
