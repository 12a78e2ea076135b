import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const HERE = fileURLToPath(new URL('.', import.meta.url))

/** Runs a program of its own on a backend, in real time; resolves to what it printed, and rejects where it fails or does not end. */
async function printed(backend: string, program: string): Promise<string> {
  const head = `
    import { NetworkConfigurationManager } from '@roamkit/core'
    import { generic } from '@roamkit/backend-generic'
    import { mock, VirtualClock } from '@roamkit/backend-mock'
    // Referenced by nothing: it is heard only where something else keeps the process alive.
    const stillHere = () => setTimeout(() => { console.log('still here'); process.exit() }, 300).unref()
    const driver = ${backend}
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', head + program], {
    cwd: HERE,
    timeout: 20_000,
  })
  return stdout.trim().replaceAll('\n', ', ')
}

const MOCK = `mock({ configurations: [{ id: 'a' }] })`
const INTERFACES = `({ eth0: [{ address: '192.0.2.2', cidr: '192.0.2.2/24', family: 'IPv4', internal: false,
  mac: '02:00:00:00:00:01', netmask: '255.255.255.0' }] })`
const GENERIC = `generic({ read: () => (${INTERFACES}) })`

it.concurrent('S3: a program on the mock in real time does not end inside open() and close()', async () => {
  const program = `
    const manager = await NetworkConfigurationManager.open(driver)
    const session = manager.createSession('a')
    await session.open()
    console.log(session.state)
    await session.close()
    console.log(session.state)
    await manager.close()
  `
  expect(await printed(MOCK, program)).toBe('connected, disconnected')
})

it.concurrent.each([
  ['mock', MOCK],
  ['generic', GENERIC],
])('M7: an open manager on %s keeps the process alive, also for one who only listens', async (_, backend) => {
  const program = `
    const manager = await NetworkConfigurationManager.open(driver)
    manager.on('onlineStateChanged', () => {})
    stillHere()
  `
  expect(await printed(backend, program)).toBe('still here')
})

it.concurrent.each([
  ['mock', MOCK],
  ['generic', GENERIC],
])('M7: a closed manager on %s does not', async (_, backend) => {
  const program = `
    const manager = await NetworkConfigurationManager.open(driver)
    await manager.close()
    stillHere()
  `
  expect(await printed(backend, program)).toBe('')
})

it.concurrent.each([
  ['mock', MOCK],
  ['generic', GENERIC],
])('M7: one on %s in virtual time never does: a test that forgets it ends', async (_, backend) => {
  const program = `
    await NetworkConfigurationManager.open(driver, { clock: new VirtualClock() })
    stillHere()
  `
  expect(await printed(backend, program)).toBe('')
})
