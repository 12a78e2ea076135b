// A program with one manager on the machine's NetworkManager, which others attack. It reports what it sees when its parent asks.
// `compute FILE`: it opens another manager, and once that has asked for all objects it computes, and reads nothing, until FILE exists.
import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'

const say = (/** @type {object} */ what) => process.send?.(what)
/** @type {string | null} */
let busyUntil = null

const manager = await NetworkConfigurationManager.open(networkManager())
/** @type {string[]} */
const told = []
manager.on('configurationChanged', ({ name, state }) => told.push(`${name} ${state}`))
manager.on('serviceChanged', (service) => told.push(service))

const write = Socket.prototype.write
Socket.prototype.write = /** @type {typeof write} */ (
  function (/** @type {any[]} */ ...args) {
    const written = Reflect.apply(write, this, args)
    const until = busyUntil
    if (until !== null && Buffer.isBuffer(args[0]) && args[0].includes('GetManagedObjects')) {
      busyUntil = null
      const end = Date.now() + 15_000
      while (!existsSync(until) && Date.now() < end)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
    return written
  }
)

/** @param {Promise<unknown>} opening */
function sayHowItGoes(opening) {
  opening.then(
    () => say({ opened: 'opened' }),
    (/** @type {any} */ { code, reason }) => say({ opened: `${code}/${reason}` }),
  )
}

process.on('message', (/** @type {{ order: string, subject: string }} */ { order, subject }) => {
  if (order === 'open') sayHowItGoes(manager.createSession(subject).open())
  else if (order === 'compute') {
    busyUntil = subject
    sayHowItGoes(NetworkConfigurationManager.open(networkManager()))
  } else
    say({
      service: manager.service,
      links: Object.fromEntries(manager.allConfigurations().map(({ name, state }) => [name, state])),
      told,
      cpu: process.cpuUsage(),
      rss: process.memoryUsage().rss,
    })
})
say({ ready: true })
