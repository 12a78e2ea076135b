import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { kernel } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { listen } from '../linux/host.js'
import { Cable, type FarSide, ip, startFarSide } from './network.js'
import { openKernel, until } from './open-kernel.js'

const run = promisify(execFile)

/** Shows the scope and the activations that another process sees. */
const SHOW = `
import { kernel } from '@roamkit/backend-linux'
import { systemClock } from '@roamkit/core/backend-kit'
import { asyncDispose } from '@roamkit/core/contract'
const host = { clock: systemClock, log() {}, changed() {} }
const backend = await kernel().open(host, { signal: new AbortController().signal })
const { scope, configurations } = backend.snapshot()
console.log(JSON.stringify({ scope, activations: configurations.map(({ activation }) => activation) }))
await backend[asyncDispose]()
`

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

it('C6: an opening that waits for an address ends in time, and leaves the interface as it is', async () => {
  await cable.up()
  await ip('address delete 10.66.0.2/24 dev cable')
  const manager = await openManager()
  const session = manager.createSession('kernel:cable')
  manager.setConnectTimeout('kernel:cable', 200)
  expect(session.state).toBe('connecting')
  await expect(session.open()).rejects.toMatchObject({ name: 'NetworkSessionError' })
  expect(session.isOpen).toBe(false)
  expect(await ip('link show cable')).toContain(',UP')
})

it('H1: another process that starts later has the same scope, and the same names for activations', async () => {
  await cable.up()
  await cable.plug('out')
  await cable.plug('in')
  const { backend, find } = await openKernel()
  await until(() => expect(find('kernel:cable')?.link).toBe('up'))
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', SHOW])
  const other = JSON.parse(stdout) as { readonly scope: string; readonly activations: readonly string[] }
  expect(other).toEqual({
    scope: backend.snapshot().scope,
    activations: backend.snapshot().configurations.map(({ activation }) => activation),
  })
})
