import type { NetworkConfigurationManager } from '@roamkit/core'
import { carrier, linkState, networkd } from '@roamkit/lab-networkd'
import { beforeEach, describe, expect, it } from 'vitest'
import { checkWords, flap, outcomeOf, PHASES, pass, SETTLED } from '../linux/flapping.js'
import { listen, until } from '../linux/host.js'
import { A, B, calm, openHost, repair } from './host.js'

beforeEach(calm)

/** What the manager shows is what networkd says. */
async function agree(manager: NetworkConfigurationManager): Promise<void> {
  for (const [id, device] of [
    [A, 'eth-a'],
    [B, 'eth-b'],
  ] as const)
    await until(async () => {
      const isUp = (await linkState(device, 'OperationalState')) === 'routable'
      expect(manager.configurationFromIdentifier(id).state === 'active').toBe(isUp)
    }, 30_000)
}

describe('storms on real systemd-networkd', () => {
  it('a cable that flaps as fast as it can: no state is told twice, and in the end everything is true', async () => {
    const manager = await openHost()
    const session = manager.createSession(A)
    const { words } = listen(session)
    await session.open({ keepOpen: true })
    await flap('a', 300)
    await carrier('a', 'up')
    await until(() => expect([session.state, session.isOpen]).toEqual(['connected', true]), 30_000)
    await agree(manager)
    checkWords(words, session)
  }, 90_000)

  it.each([
    ['killed', networkd.kill],
    ['stopped', networkd.stop],
    ['restarted', networkd.leave],
  ] as const)(
    'networkd is %s in every phase of an opening',
    async (_how, end) => {
      for (const phase of PHASES) {
        const manager = await openHost()
        const session = manager.createSession(B)
        const { words } = listen(session)
        const opened = outcomeOf(session.open())
        await pass(phase)
        await end()
        await repair()
        expect(await opened).toMatch(SETTLED)
        await agree(manager)
        checkWords(words, session)
        await manager.close()
        await calm()
      }
    },
    120_000,
  )
})
