// A process in a logon session of its own that does with one link what each line of a connection says, until it is killed.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { NetworkConfigurationManager } from '@roamkit/core'
import { libraries, world } from '@roamkit/lab-windows'
// All by one path: a second would be a second module to Wine's node, and koffi takes no struct twice.
import { windows } from '../../packages/backend-windows/dist/index.js'
import { CrossSessionLocks, Libraries } from '../../packages/backend-windows/dist/internals.js'
import { dlls } from './windows-adapter.mjs'

const [logonSession = '', scriptedWorld = '', port = ''] = process.argv.slice(2)
process.env.ROAMKIT_LAB_SESSION = logonSession
process.env.ROAMKIT_LAB_WORLD = scriptedWorld

const paths = { ...dlls, kernel32: libraries.kernel32 }
const manager = await NetworkConfigurationManager.open(windows({ libraries: paths, interval: 50 }))
/** @type {import('@roamkit/core').NetworkSession | null} */
let session = null

/** @param {string} name */
function configuration(name) {
  const found = manager.allConfigurations().find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

/** @type {Record<string, (name: string) => unknown>} */
const actions = {
  async open(name) {
    session = manager.createSession(configuration(name))
    await session.open()
  },
  // A link that was taken down a moment ago may show it a moment later.
  async isConnected() {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return session?.state === 'connected'
  },
  close: () => session?.close(),
  state: (name) => configuration(name).state,
  facts: () => ({
    scope: manager.diagnoseMachine().scope,
    systemSessionSupport: manager.capabilities.systemSessionSupport,
  }),
  lock: (key) => CrossSessionLocks.open(new Libraries({}))?.lock(key)?.kind ?? null,
  world: (line) => world(line),
}

const socket = connect(Number(port), '127.0.0.1')
for await (const line of createInterface({ input: socket })) {
  const { call, name, parameter } = JSON.parse(line)
  const answer = await Promise.resolve()
    .then(() => actions[name]?.(parameter))
    .then(
      (value = null) => ({ call, value }),
      (error) => ({ call, error: `${error.reason ?? error.code}: ${error.message}` }),
    )
  socket.write(`${JSON.stringify(answer)}\n`)
}
