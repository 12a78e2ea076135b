// Roaming with consent, between the cable and Wi-Fi.

import { ByteStream } from '../byte-stream.mjs'
import { cable, INTERNET } from '../machine.mjs'
import { TOO_SLOW } from './why.mjs'

/** @type {readonly import('./index.mjs').Scenario[]} */
export const roams = [
  {
    name: 'consulted, accepted',
    async run(scene) {
      const { manager, session } = await scene.roamingSession(['home', 'cable'])
      scene.consult(session, (trial) => trial.accept())
      await session.open()
      await scene.seen('opened')
      scene.note('> the cable is plugged in')
      await cable('in')
      await scene.seen('connected')
      await scene.isDown(manager, 'home')
      await session.close()
    },
  },
  {
    name: 'consulted, rejected',
    async run(scene) {
      const { manager, session } = await scene.roamingSession(['home', 'cable'])
      scene.consult(session, (trial) => trial.reject())
      await session.open()
      await scene.seen('opened')
      scene.note('> the cable is plugged in')
      await cable('in')
      await scene.seen('trial cable')
      await scene.seen('uses home')
      await scene.isDown(manager, 'cable')
      await session.close()
    },
  },
  {
    name: 'a stream of bytes through consulted roams',
    notOnStock: TOO_SLOW,
    async run(scene) {
      const { manager, session } = await scene.roamingSession(['home', 'cable'])
      const stream = new ByteStream(session, INTERNET)
      scene.consult(session, async (trial) => {
        await stream.moveTo(trial)
        await trial.accept()
      })
      await session.open()
      await scene.seen('opened')
      await stream.begin()
      for (const where of /** @type {const} */ (['in', 'out', 'in'])) {
        await stream.advance()
        scene.note(`> the cable is ${where}`)
        await cable(where)
        await scene.seen(where === 'in' ? 'trial cable' : 'trial home')
        await scene.seen('connected')
        await scene.isDown(manager, where === 'in' ? 'home' : 'cable')
        await stream.advance()
      }
      const { sent, arrived } = await stream.end()
      scene.note(
        `> sent ${sent > 0 ? 'bytes' : 'nothing'}, lost ${sent - arrived}, moved ${stream.moves} times`,
      )
      await session.close()
    },
  },
]
