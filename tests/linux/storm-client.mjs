// A client that runs as whoever starts it: says what it may do, opens lab-b for each line on its standard input, and says what came of it.
import { createInterface } from 'node:readline'
import { networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'

const say = (/** @type {object} */ what) => process.stdout.write(`${JSON.stringify(what)}\n`)
const manager = await NetworkConfigurationManager.open(networkManager())
const told = () => say({ mayStart: manager.capabilities.canStartAndStopInterfaces })
manager.on('capabilitiesChanged', told)
told()
for await (const identifier of createInterface({ input: process.stdin })) {
  const session = manager.createSession(identifier)
  const words = /** @type {string[]} */ ([])
  session.on('error', ({ code, reason }) => words.push(`error:${code}/${reason}`))
  session.on('opened', () => words.push('opened'))
  session.on('closed', () => words.push('closed'))
  const outcome = await session.open().then(
    () => 'opened',
    ({ code, reason }) => `${code}/${reason}`,
  )
  await session.close()
  say({ outcome, words, state: session.state })
}
await manager.close()
