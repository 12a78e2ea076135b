// A cable beside Wi-Fi, and Wi-Fi that is switched off.
import { restartAir } from '../air.mjs'
import { cable, nmcli } from '../machine.mjs'
import { run, until } from '../programs.mjs'
import { TOO_SLOW } from './why.mjs'

/**
 * @param {import('../scene.mjs').Scene} scene
 * @param {{ off: () => Promise<unknown>, on: () => Promise<unknown> }} radio
 */
async function switchRadio(scene, { off, on }) {
  const { session } = await scene.session('home')
  await session.open()
  await scene.seen('opened')
  scene.note('> Wi-Fi is switched off')
  await off()
  await scene.seen('closed')
  scene.note('> Wi-Fi is switched on')
  await on()
  await restartAir()
  await scene.seen('disconnected')
  await session.open()
  await session.close()
}

/** @type {readonly import('./index.mjs').Scenario[]} */
export const cableAndRadio = [
  {
    name: 'cable in and out beside Wi-Fi',
    async run(scene) {
      const { manager, session } = await scene.roamingSession(['home', 'cable'])
      await session.open()
      await scene.seen('opened')
      scene.note('> the cable is plugged in')
      await cable('in')
      await scene.seen('uses cable')
      await scene.isDown(manager, 'home')
      scene.note('> the cable is pulled')
      await cable('out')
      await scene.seen('uses home')
      await session.close()
    },
  },
  {
    name: 'the cable is pulled',
    notOnStock: TOO_SLOW,
    async run(scene) {
      await cable('in')
      const { session } = await scene.session('cable')
      await until('the cable carries', () => session.state === 'disconnected')
      await session.open()
      await scene.seen('opened')
      scene.note('> the cable is pulled')
      await cable('out')
      await scene.seen('closed')
      await scene.seen('notAvailable')
    },
  },
  {
    name: 'Wi-Fi is switched off and on',
    notOnStock: TOO_SLOW,
    async run(scene) {
      await switchRadio(scene, {
        off: () => nmcli('radio', 'wifi', 'off'),
        on: () => nmcli('radio', 'wifi', 'on'),
      })
    },
  },
  {
    name: 'rfkill',
    notOnStock: TOO_SLOW,
    async run(scene) {
      await switchRadio(scene, {
        off: () => run('rfkill', 'block', 'wlan'),
        on: () => run('rfkill', 'unblock', 'wlan'),
      })
    },
  },
]
