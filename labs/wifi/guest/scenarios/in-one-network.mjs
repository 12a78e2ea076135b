// One network: it comes up, its key is wrong, and its access points come and go.
import { setTimeout as delay } from 'node:timers/promises'
import { accessPointOf, setInRange, setSignal, switchOff } from '../air.mjs'
import { requestsWhile } from '../requests.mjs'
import { TOO_SLOW } from './why.mjs'

/** Stronger and weaker than -70 dBm, below which the supplicant looks for a better access point. */
const STRONG = -50
const WEAK = -78
/** The supplicant looks once each time that the signal falls, and its measurement is an average over seconds. */
const FALLS = 5

/** @param {import('../scene.mjs').Scene} scene */
async function openAtHome(scene) {
  const { session } = await scene.session('home')
  await session.open()
  await scene.seen('opened')
  // Which of the two it is depends on what the supplicant found last, if the machine is slow.
  const accessPoint = accessPointOf(session.configuration.point)
  if (accessPoint === null) throw new Error(`on no access point of the lab: ${session.configuration.point}`)
  return { session, accessPoint }
}

/** @type {readonly import('./index.mjs').Scenario[]} */
export const inOneNetwork = [
  {
    name: 'connect',
    async run(scene) {
      const { session } = await openAtHome(scene)
      scene.note(`> the interface is ${session.interface?.name}`)
      await session.close()
    },
  },
  {
    name: 'wrong key',
    async run(scene) {
      const { session } = await scene.session('wrong-key')
      const error = await session.open().then(
        () => null,
        (reason) => reason,
      )
      scene.note(`> open() ${error === null ? 'resolves' : `rejects with ${error.code}/${error.reason}`}`)
    },
  },
  {
    name: 'the signal fades',
    notOnStock: TOO_SLOW,
    async run(scene) {
      const { session, accessPoint } = await openAtHome(scene)
      scene.note('> its access point fades')
      const roam = scene.seen('another access point', { within: 150_000 })
      let isOver = false
      const over = roam.finally(() => {
        isOver = true
      })
      for (let fall = 0; fall < FALLS && !isOver; fall += 1) {
        setSignal(accessPoint, WEAK)
        await Promise.race([over, delay(20_000)])
        if (isOver) break
        setSignal(accessPoint, STRONG)
        await delay(4000)
      }
      await over
      scene.note(`> the session is ${session.state}`)
      await session.close()
    },
  },
  {
    name: 'the access point vanishes',
    async run(scene) {
      const { session, accessPoint } = await openAtHome(scene)
      scene.note('> its access point vanishes')
      setInRange(accessPoint, false)
      await scene.seen('another access point')
      scene.note(`> the session is ${session.state}`)
      await session.close()
    },
  },
  {
    name: 'all access points vanish',
    notOnStock: TOO_SLOW,
    async run(scene) {
      await openAtHome(scene)
      scene.note('> all access points vanish')
      for (const name of /** @type {const} */ (['near', 'far'])) setInRange(name, false)
      await scene.seen('closed')
      await scene.seen('disconnected')
    },
  },
  {
    name: 'deauthentication',
    async run(scene) {
      const { session, accessPoint } = await openAtHome(scene)
      scene.note('> its access point says farewell')
      await switchOff(accessPoint)
      await scene.seen('another access point')
      scene.note(`> the session is ${session.state}`)
      await session.close()
    },
  },
  {
    name: 'a minute of idling',
    notOnStock: TOO_SLOW,
    async run(scene) {
      const { manager, session } = await scene.session('home')
      await session.open()
      await scene.seen('opened')
      const idle = await requestsWhile(() => delay(60_000))
      scene.note(`> ${idle} requests in a minute`)
      const scan = await requestsWhile(() => manager.updateConfigurations())
      scene.note(`> ${scan} for a scan`)
      await session.close()
    },
  },
]
