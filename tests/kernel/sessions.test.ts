import { kernel } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { listen } from '../linux/host.js'
import { Cable, type FarSide, ip, startFarSide } from './network.js'
import { until } from './open-kernel.js'

let far: FarSide
let cable: Cable
beforeAll(async () => {
  far = await startFarSide()
})
afterAll(() => far.end())
beforeEach(async () => {
  cable = await Cable.lay(far, 'cable', 0)
  return () => cable.remove()
})

async function openManager(
  options: Parameters<typeof kernel>[0] = {},
  managerOptions: ManagerOptions = {},
): Promise<NetworkConfigurationManager> {
  const manager = await NetworkConfigurationManager.open(kernel(options), managerOptions)
  onTestFinished(() => manager.close())
  return manager
}

it('S2, S12, S13: a session holds a link that is up, survives a pulled cable, and ends with the interface', async () => {
  await cable.up()
  const manager = await openManager()
  const session = manager.createSession('kernel:cable')
  await session.open()
  expect(manager.isOnline).toBe(true)
  const { words } = listen(session)
  await cable.plug('out')
  await until(() => expect(words).toEqual(['notAvailable']))
  expect(session.isOpen).toBe(true)
  await cable.plug('in')
  await until(() => expect(words).toEqual(['notAvailable', 'connected']))
  await ip('link delete cable')
  await until(() => expect(session.state).toBe('invalid'))
  expect(manager.isOnline).toBe(false)
})

it('S3: what only observes cannot bring up what is down', async () => {
  const manager = await openManager()
  const opening = manager.createSession('kernel:cable').open()
  await expect(opening).rejects.toMatchObject({ code: 'operationNotSupported' })
})

it('H1: with control, a session takes down what it has brought up, and leaves what was up before', async () => {
  const manager = await openManager({ control: true })
  const session = manager.createSession('kernel:cable')
  await session.open()
  expect(session.state).toBe('connected')
  await session.close()
  expect(await ip('link show cable')).not.toContain(',UP')
  await cable.up()
  await until(() => expect(session.state).toBe('connected'))
  await session.open()
  await session.close()
  expect(await ip('link show cable')).toContain(',UP')
})

it('S7, H6: an opening that never gets a carrier ends in time, and switches the interface off again', async () => {
  await cable.plug('out')
  const manager = await openManager({ control: true })
  const session = manager.createSession('kernel:cable')
  manager.setConnectTimeout('kernel:cable', 300)
  await expect(session.open()).rejects.toMatchObject({ name: 'NetworkSessionError' })
  await until(() => expect(session.state).toBe('disconnected'))
  expect(await ip('link show cable')).not.toContain('UP')
})

it('S12: an address that is taken away is a loss, and the next one brings the session back within its grace', async () => {
  await cable.up()
  const manager = await openManager()
  const session = manager.createSession('kernel:cable')
  await session.open()
  const { words } = listen(session)
  await ip('address delete 10.66.0.2/24 dev cable')
  await until(() => expect(words).toEqual(['connecting']))
  await ip('address add 10.66.0.9/24 dev cable')
  await until(() => expect(words).toEqual(['connecting', 'connected']))
  expect(session.interface?.addresses).toContain('10.66.0.9/24')
})
