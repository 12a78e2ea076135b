import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { generic } from '@roamkit/backend-generic'
import { NetworkConfigurationManager } from '@roamkit/core'
import { expect, it, onTestFinished } from 'vitest'
import { listen, until } from './host.js'

const run = promisify(execFile)

/** Runs ip, with words that are separated by blanks. */
const ip = (words: string) => run('ip', words.split(' '))

/** A cable of the kernel's with an address, and its far end, which is pulled out and plugged in. */
async function cable(): Promise<void> {
  await ip('link add cable0 type veth peer name cable1')
  onTestFinished(async () => {
    // The test may have taken it away itself.
    await ip('link delete cable0').catch(() => undefined)
  })
  for (const words of ['link set cable1 up', 'link set cable0 up', 'address add 10.66.0.2/24 dev cable0'])
    await ip(words)
}

it("S12, S13: on Linux's own interfaces, unplugged is a loss with a grace, and only what the kernel has no more is removed", async () => {
  await cable()
  const manager = await NetworkConfigurationManager.open(generic({ interval: 50 }))
  onTestFinished(() => manager.close())
  const session = manager.createSession('generic:cable0')
  await until(() => expect(session.state).toBe('connected'))
  await session.open()
  const { words } = listen(session)

  await ip('link set cable1 down')
  await until(() => expect(words).toEqual(['disconnected']))
  expect(session.isOpen).toBe(true)
  await ip('link set cable1 up')
  await until(() => expect(words).toEqual(['disconnected', 'connected']))

  await ip('link delete cable0')
  await until(() => expect(session.state).toBe('invalid'))
})
