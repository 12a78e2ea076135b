import { PrivateBus, uuidOf } from '@roamkit/lab-fake-networkmanager'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { Stage } from './stage.js'

let bus: PrivateBus
beforeAll(async () => {
  bus = await PrivateBus.start()
})
afterAll(() => bus.stop())

async function open() {
  const stage = await Stage.open(bus)
  onTestFinished(() => stage.close())
  const manager = await stage.manager()
  onTestFinished(() => manager.close())
  return { stage, manager }
}

it('a session connects to the fake, as to NetworkManager', async () => {
  const { manager } = await open()
  const session = manager.createSession(uuidOf('home'))
  const words: string[] = []
  session.on('stateChanged', (state) => words.push(state))
  const t = performance.now()
  await session.open()
  console.log(performance.now() - t, session.configuration, session.interface)
  await session.close()
  expect(words).toEqual(['connecting', 'connected', 'closing', 'disconnected'])
})
