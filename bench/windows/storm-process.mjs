// What notifications of NotifyIpInterfaceChange cost the process that gets them: `storm-process.mjs roamkit|bare COUNT`. The threads that send
// them are of the same process, in both.
import { setTimeout as delay } from 'node:timers/promises'
import { windows } from '@roamkit/backend-windows'
import { NetworkConfigurationManager } from '@roamkit/core'
import { libraries, world } from '@roamkit/lab-windows'
import { watchInterfaces } from './bare.mjs'

const [kind, count = ''] = process.argv.slice(2)
const { world: _world, kernel32: _kernel32, ...dlls } = libraries

world('adapter add Cable')
world('adapter address Cable add 10.1.0.2/24')
if (kind === 'roamkit') {
  const manager = await NetworkConfigurationManager.open(windows({ libraries: dlls }))
  manager.on('configurationChanged', () => {})
} else watchInterfaces(dlls.iphlpapi, () => {})

/** Microseconds of processor time for each notification. */
async function storm() {
  const before = process.cpuUsage()
  const { over } = world('storms')
  world(`storm ${count} kind=interface`)
  while (world('storms').running > 0 || world('storms').over === over) await delay(10)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / Number(count)
}

// The first one is for the compiler, and does not count.
await storm()
console.log(await storm())
process.exit()
