// A bus daemon of one's own, in a folder that goes with it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { Message, sessionBus } from 'dbus-next'
import { busConfig } from '../linux/config.mjs'
import { PATH } from '../linux/requirements.mjs'

/** A connection to a bus. @param {string} address */
export async function join(address) {
  const busAddress = address.replace('path=', 'socket=')
  // The types lack the way to authenticate.
  const bus = sessionBus(/** @type {any} */ ({ busAddress, authMethods: ['EXTERNAL'] }))
  bus.on('error', () => undefined)
  await once(bus, 'connect')
  return bus
}

/** A round trip to the daemon. @param {import('dbus-next').MessageBus} bus */
async function ping(bus) {
  const daemon = 'org.freedesktop.DBus'
  const call = { destination: daemon, path: '/org/freedesktop/DBus', interface: daemon, member: 'GetId' }
  await bus.call(new Message(call))
  await new Promise((resolve) => setImmediate(resolve))
}

export class PrivateBus {
  /** D-Bus address */
  address
  #folder
  #child
  #connection

  /** @param {string} folder @param {import('node:child_process').ChildProcess} child @param {import('dbus-next').MessageBus} connection */
  constructor(folder, child, connection) {
    this.address = addressIn(folder)
    this.#folder = folder
    this.#child = child
    this.#connection = connection
  }

  /** Resolves when clients can connect. It ends with this process. */
  static async start() {
    const folder = mkdtempSync(path(tmpdir(), 'roamkit-fake-'))
    writeFileSync(path(folder, 'config'), busConfig(path(folder, 'bus')))
    const args = [
      `--config-file=${path(folder, 'config')}`,
      '--nofork',
      '--nopidfile',
      '--nosyslog',
      '--print-address',
    ]
    const child = spawn('dbus-daemon', args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, PATH },
    })
    const end = () => child.kill('SIGKILL')
    process.on('exit', end)
    child.once('exit', () => process.off('exit', end))
    await once(/** @type {import('node:stream').Readable} */ (child.stdout), 'data')
    return new PrivateBus(folder, child, await join(addressIn(folder)))
  }

  /** A round trip to the daemon: what it had received before is on its way. */
  ping() {
    return ping(this.#connection)
  }

  async stop() {
    this.#connection.disconnect()
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await exit
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** @param {string} folder */
const addressIn = (folder) => `unix:path=${path(folder, 'bus')}`
