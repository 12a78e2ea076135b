// Several networks: one is lost, one is hidden, one is on a second radio.
import { byOrder } from '@roamkit/core'
import { setInRange, setSignal } from '../air.mjs'
import { nmcli, uuidOf } from '../machine.mjs'
import { until } from '../programs.mjs'
import { TOO_SLOW } from './why.mjs'

/** @param {number} dBm */
function fadeHome(dBm) {
  setSignal('near', dBm)
  setSignal('far', dBm)
}

/** @type {readonly import('./index.mjs').Scenario[]} */
export const networks = [
  {
    name: 'the network is gone',
    async run(scene) {
      const { session } = await scene.roamingSession(
        ['home', 'guest'],
        [byOrder([uuidOf('home'), uuidOf('guest')])],
      )
      await session.open()
      await scene.seen('opened')
      scene.note('> home vanishes')
      setInRange('near', false)
      setInRange('far', false)
      await scene.seen('uses guest')
      await session.close()
    },
  },
  {
    name: 'forced roam',
    notOnStock: TOO_SLOW,
    async run(scene) {
      const { session } = await scene.roamingSession(['home', 'guest'])
      await session.open()
      await scene.seen('opened')
      scene.note('> home fades')
      fadeHome(-85)
      await scene.seen('uses guest', { within: 120_000 })
      await session.close()
    },
  },
  {
    name: 'hidden network',
    notOnStock: TOO_SLOW,
    async run(scene) {
      const { session } = await scene.session('hidden')
      scene.note(`> the session is ${session.state}`)
      await session.open()
      await session.close()
    },
  },
  {
    name: 'two radios',
    notOnStock: TOO_SLOW,
    async run(scene) {
      await nmcli('device', 'set', 'wlan1', 'managed', 'yes')
      try {
        const { manager, session } = await scene.roamingSession(['home', 'guest-2'])
        scene.consult(session, (trial) => trial.accept())
        await until('the second radio sees the network', async () => {
          await manager.updateConfigurations()
          return session.configuration.children.every((child) => child.is('discovered'))
        })
        await session.open()
        await scene.seen('opened')
        scene.note('> home vanishes')
        setInRange('near', false)
        setInRange('far', false)
        await scene.seen('uses guest-2')
        await session.close()
      } finally {
        await nmcli('device', 'set', 'wlan1', 'managed', 'no')
      }
    },
  },
]
