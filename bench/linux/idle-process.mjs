// An application with an open session and nothing to do: `idle-process.mjs BACKEND`, or without a backend Node alone. To a line it answers what
// keeps its event loop alive.
import { connman, kernel, linux, networkd, networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'

const BACKENDS = { networkmanager: networkManager, connman, networkd, kernel, linux }

const [name] = process.argv.slice(2)
/** @param {object} line */
const print = (line) => console.log(JSON.stringify(line))

if (name === undefined) print({ says: 'ready' })
else {
  const backend = BACKENDS[/** @type {keyof typeof BACKENDS} */ (name)]
  if (backend === undefined) throw new Error(`choose one of ${Object.keys(BACKENDS).join(', ')}`)
  const manager = await NetworkConfigurationManager.open(backend())
  const session = manager.createSession(manager.defaultConfiguration())
  if (session.configuration.isValid) await session.open()
  const where = session.configuration.name || 'nothing'
  print({ says: 'ready', what: `${manager.backend.name}, ${session.state} on ${where}` })
}
process.stdin.on('data', () => print({ says: 'resources', resources: process.getActiveResourcesInfo() }))
