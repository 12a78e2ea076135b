// One way to learn that a cable went out or in: `observer.mjs KIND DEVICE PROFILE`. Prints what teller.mjs reads.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { createInterface } from 'node:readline'
import { kernel, networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { loadNodeWifi } from '../set-up-lab.mjs'
import { now } from '../teller.mjs'
import { byName, untilSubscribed } from './lab.mjs'

const [kind = '', device = '', profile = ''] = process.argv.slice(2)

/** @param {object} line */
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** Called in the handler: nothing may come before the time. @param {'up' | 'down'} says @param {string} [who] */
const tell = (says, who = kind) => print({ at: now(), says, who })

const ready = (who = [kind]) => print({ says: 'ready', who })

/** @param {string} why */
const unable = (why) => print({ says: 'unable', who: [kind], why })

/** A session on a backend, as an application has it. @param {import('@roamkit/core').Driver} driver @param {string} name */
async function session(driver, name) {
  const manager = await NetworkConfigurationManager.open(driver)
  const one = manager.createSession(byName(manager, name))
  one.on('stateChanged', (state) => {
    if (state === 'connected') tell('up')
    if (state === 'disconnected' || state === 'notAvailable') tell('down')
  })
  await one.open()
  ready()
}

/**
 * A program that prints what happens, as an application would use it.
 *
 * @param {readonly string[]} command @param {(line: string) => void} read
 */
function program([file = '', ...args], read) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  process.once('SIGTERM', () => {
    child.kill()
    process.exit()
  })
  const lines = createInterface(child.stdout).on('line', read)
  return { pid: child.pid ?? 0, firstLine: once(lines, 'line') }
}

/** @type {Record<string, () => unknown>} */
const kinds = {
  networkmanager: () => session(networkManager(), profile),
  kernel: () => session(kernel(), device),

  nmcli: async () => {
    const { firstLine } = program(['nmcli', 'monitor'], (line) => {
      if (line === `${device}: connected`) tell('up')
      if (line === `${device}: unavailable`) tell('down')
      // What it says of the machine as a whole comes earlier. With a second link up it would say nothing.
      if (line === "Connectivity is now 'full'") tell('up', 'nmcli connectivity')
      if (line === "Connectivity is now 'none'") tell('down', 'nmcli connectivity')
    })
    await firstLine
    ready(['nmcli', 'nmcli connectivity'])
  },

  /** What NetworkManager says on the bus, by a program that does nothing else. */
  'dbus-monitor': async () => {
    let isNext = false
    const match = "type='signal',sender='org.freedesktop.NetworkManager',member='PropertiesChanged'"
    const { firstLine } = program(['dbus-monitor', '--system', match], (line) => {
      if (isNext) tell(line.includes('boolean true') ? 'up' : 'down')
      isNext = line.includes('string "Carrier"')
    })
    await firstLine
    ready()
  },

  ip: async () => {
    const has = { carrier: true, address: true }
    let was = true
    const { pid } = program(['ip', '-oneline', 'monitor', 'link', 'address'], (line) => {
      if (!line.includes(` ${device}`)) return
      if (line.includes(' inet ')) has.address = !line.startsWith('Deleted')
      else if (!line.includes(' inet6 ')) has.carrier = line.includes('LOWER_UP')
      const is = has.carrier && has.address
      if (is !== was) tell(is ? 'up' : 'down')
      was = is
    })
    await untilSubscribed(pid)
    ready()
  },

  polling: () => {
    let was = true
    setInterval(() => {
      const is = networkInterfaces()[device]?.some(({ family }) => family === 'IPv4') ?? false
      if (is !== was) tell(is ? 'up' : 'down')
      was = is
    }, 1000)
    ready()
  },

  'node-wifi': async () => {
    const wifi = loadNodeWifi()
    if (wifi === null) {
      unable('it is not installed: node bench/set-up-lab.mjs')
      return
    }
    wifi.init({ iface: null })
    try {
      const connections = await wifi.getCurrentConnections()
      unable(`it knows Wi-Fi only, has no events, and lists ${connections.length} connections here`)
    } catch (error) {
      unable(`it knows Wi-Fi only, has no events, and fails here: ${error}`)
    }
  },
}

await kinds[kind]?.()
