// A program that learns of a real cable under node.exe: `cable-client.mjs roamkit|bare|polling LIBRARIES`. It tells of each change; to a line it answers
// what it has cost.
import { networkInterfaces } from 'node:os'
import { windows } from '@roamkit/backend-windows'
import { NetworkConfigurationManager } from '@roamkit/core'
import { watchInterfaces } from './bare.mjs'

const [kind, given = '{}'] = process.argv.slice(2)
/** @type {import('@roamkit/backend-windows').WindowsLibraries & { iphlpapi: string }} */
const libraries = JSON.parse(given)
/** @param {object} line */
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

if (kind === 'roamkit') {
  const manager = await NetworkConfigurationManager.open(windows({ libraries }))
  const cable = manager.allConfigurations().find(({ name }) => name === 'eth0')
  if (cable === undefined) throw new Error('there is no eth0')
  const session = manager.createSession(cable)
  session.on('stateChanged', (state) => {
    if (state === 'connected') print({ says: 'up' })
    if (state === 'disconnected' || state === 'notAvailable') print({ says: 'down' })
  })
  print({ says: 'ready', state: session.state })
} else {
  let was = false
  const look = () => {
    const is = networkInterfaces().eth0?.some(({ family }) => family === 'IPv4') ?? false
    if (is !== was) print({ says: is ? 'up' : 'down' })
    was = is
  }
  if (kind === 'polling') setInterval(look, 1000)
  else watchInterfaces(libraries.iphlpapi, look)
  print({ says: 'ready' })
}
process.stdin.on('data', () => print({ says: 'cost', ...process.cpuUsage() }))
