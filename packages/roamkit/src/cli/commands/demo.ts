import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import type { Output } from '../output.js'
import { playRoam } from '../reports/roam-demo.js'
import { TimeLine } from '../terminal/time-line.js'

/** How long a lost link may take to come back: core's default, repeated here so that the time line can print it. */
const GRACE = 5000

/**
 * Plays a session's life on the scripted network, then how one roams, in virtual time. What the script does is printed when it is done;
 * everything else is printed when the library emits it. Resolves to the exit code; rejects if the library does.
 */
export async function demo(output: Output): Promise<number> {
  const started = performance.now()
  const clock = new VirtualClock()
  const configurations = [{ id: 'desk', name: 'Desk', device: 'eth0' }]
  const driver = mock({ configurations, activationTime: 120, deactivationTime: 40 })
  const manager = await NetworkConfigurationManager.open(driver, { clock, lossGrace: GRACE })
  const session = manager.createSession('desk')
  const line = new TimeLine(clock, output)
  line.title(`A session on '${session.configuration.name}': real library, mock network, virtual time.`)
  line.follow(session, GRACE)

  /** Lets time pass for what was asked, which then has to be done. */
  const play = async (asked: Promise<void>) => {
    await clock.advance(1000)
    await asked
  }

  line.act('session.open()', 'the application needs the network')
  await play(session.open())

  line.act('cable out', 'the script unplugs it')
  driver.world.carrier('desk', false)
  await clock.advance(2000)

  line.act('cable in', 'and plugs it in again after 2 s')
  driver.world.carrier('desk', true)
  await clock.advance(1000)

  line.act('cable out', 'unplugged again, for longer')
  driver.world.carrier('desk', false)
  await clock.advance(6000)

  line.act('session.open()', 'the cable is plugged in, and the application tries again')
  await play(session.open())

  line.act('session.close()', 'the application is done')
  await play(session.close())

  await play(manager.close())
  line.title(`That was ${clock.now() / 1000} s, played in ${Math.round(performance.now() - started)} ms.`)
  output.line('')
  await playRoam(output)
  return 0
}
