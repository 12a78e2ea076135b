import { connman } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { carrier, connman as daemon, serviceOf, state } from '@roamkit/lab-connman'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { checkWords, flap, outcomeOf, PHASES, pass, SETTLED } from '../linux/flapping.js'
import { listen, until } from '../linux/host.js'
import { calm, repair } from './calm.js'

const [A, B] = ['a', 'b'].map(serviceOf) as [string, string]

beforeEach(calm)
afterAll(calm)

async function openHost(): Promise<NetworkConfigurationManager> {
  const manager = await NetworkConfigurationManager.open(connman())
  onTestFinished(() => manager.close())
  return manager
}

/** What the manager shows is what ConnMan says. */
async function agree(manager: NetworkConfigurationManager): Promise<void> {
  for (const [id, link] of [
    [A, 'a'],
    [B, 'b'],
  ] as const)
    await until(async () => {
      const isUp = ['ready', 'online'].includes((await state(link)) ?? '')
      expect(manager.configurationFromIdentifier(id).state === 'active').toBe(isUp)
    }, 30_000)
}

describe('storms on real ConnMan', () => {
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
    ['killed', daemon.kill],
    ['stopped', daemon.stop],
  ] as const)(
    'ConnMan is %s in every phase of an opening',
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
    180_000,
  )
})
