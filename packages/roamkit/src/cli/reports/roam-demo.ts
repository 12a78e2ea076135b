import { mock, VirtualClock } from '@roamkit/backend-mock'
import { allUplinks, NetworkConfigurationManager, type RoamingOffer } from '@roamkit/core'
import type { Output } from '../output.js'
import { TimeLine } from '../terminal/time-line.js'
import { followRoaming } from './roam-time-line.js'

/** A cable that is out, and a Wi-Fi in range. */
const CONFIGURATIONS = [
  { id: 'cable', name: 'Cable', device: 'eth0', inRange: false, activate: 'unknown' },
  { id: 'cafe', name: 'Café', device: 'wlan0', bearer: 'wlan', signal: 70 },
] as const

/**
 * Plays how a session roams between two links, first asked and then not, in virtual time. What the script does, as the
 * world or as the application, is printed when it is done; everything else is printed when the library emits it.
 */
export async function playRoam(output: Output): Promise<void> {
  const started = performance.now()
  const clock = new VirtualClock()
  const driver = mock({ configurations: CONFIGURATIONS, activationTime: 120, deactivationTime: 40 })
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  const session = manager.createSession(manager.defineServiceNetwork(allUplinks))
  const line = new TimeLine(clock, output, 'preferredConfigurationChanged')
  line.title(`A session on '${session.configuration.name}', a cable and a Wi-Fi, that roams.`)
  followRoaming(line, manager, session)
  const undo = session.on('preferredConfigurationChanged', (_configuration, isSeamless, offer) =>
    line.event('preferredConfigurationChanged', offerWords(offer, isSeamless)),
  )

  /** Lets time pass for what was asked, which then has to be done. */
  const play = async (asked: Promise<unknown>, ms: number) => {
    await clock.advance(ms)
    await asked
  }
  /** The application takes what it is offered, tries it, and stays. */
  const takeOffer = async () => {
    await clock.advance(300)
    line.act('offer.migrate()', 'the application accepts the offer')
    await play(session.offer?.migrate() ?? Promise.resolve(), 500)
    line.act('trial.accept()', 'and the link works')
    await play(session.trial?.accept() ?? Promise.resolve(), 200)
  }

  line.act('session.open()', 'the application needs the network, over any link')
  await play(session.open(), 1000)

  line.act('cable in', 'a better link comes into range, and the application listens for offers')
  driver.world.setInRange('cable', true)
  await takeOffer()

  line.act('cable out', 'the link in use is lost')
  driver.world.setInRange('cable', false)
  await takeOffer()

  line.act('listener off', 'the application no longer listens for offers')
  undo()
  await clock.advance(500)
  line.act('cable in', 'the better link is back: the session returns once it has stayed for 3 s')
  driver.world.setInRange('cable', true)
  await clock.advance(4000)

  line.act('session.close()', 'the application is done')
  await play(session.close(), 500)
  await play(manager.close(), 500)
  line.title(`That was ${clock.now() / 1000} s, played in ${Math.round(performance.now() - started)} ms.`)
}

function offerWords({ configuration: { name }, deadline }: RoamingOffer, isSeamless: boolean): string {
  const addresses = isSeamless ? 'addresses are kept' : 'with other addresses'
  return deadline === null
    ? `'${name}' is better than the link in use: offered, ${addresses}`
    : `'${name}' is offered instead, until ${Math.round(deadline)} ms`
}
