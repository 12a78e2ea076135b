import { test } from 'node:test'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { conformance } from '@roamkit/conformance'

/** @type {import('@roamkit/conformance').Adapter} */
const adapter = {
  name: 'mock',
  setup() {
    const clock = new VirtualClock()
    const driver = mock({ configurations: [{ id: 'desk', link: 'up' }, { id: 'cafe' }] })
    return {
      driver,
      controls: {
        linkUp: async (id) => driver.world.up(id),
        linkDown: async (id) => driver.world.down(id),
        loseService: async () => driver.world.loseService(),
        restoreService: async () => driver.world.restoreService(),
      },
      time: { clock, pass: (ms) => clock.advance(ms) },
    }
  },
  waivers: [{ law: 'scan-finds', reason: 'this world has nothing to hide' }],
}

conformance(adapter, { test })
