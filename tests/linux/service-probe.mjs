// Runs as a service: opens a session on the first link that is up, and prints as JSON what it can do. It keeps the session until SIGTERM.
//   service-probe.mjs HOST PORT
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from '@roamkit/sockets'
import { NetworkConfigurationManager, platform } from 'roamkit'

const [host = '', port = ''] = process.argv.slice(2)
const manager = await NetworkConfigurationManager.open(platform())
const [link] = manager.allConfigurations('active')
if (link === undefined) throw new Error('no link is up')
const session = manager.createSession(link)
await session.open()
console.log(
  JSON.stringify({
    backend: manager.backend.name,
    counts: manager.capabilities.systemSessionSupport,
    connects: await outcome(connectThroughTheLink),
    ownFiles: await outcome(() => writeFileSync(`${process.env.STATE_DIRECTORY}/probe`, '')),
    otherFiles: await outcome(() => writeFileSync('/etc/probe', '')),
  }),
)
process.once('SIGTERM', () => manager.close())

async function connectThroughTheLink() {
  const socket = connect(session, { host, port: Number(port), binding: 'device' })
  await once(socket, 'connect', { signal: AbortSignal.timeout(2000) })
  socket.destroy()
}

/** `yes`, or the code of the error. @param {() => unknown} attempt */
async function outcome(attempt) {
  try {
    await attempt()
    return 'yes'
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code
  }
}
