// What notifications of NotifyIpInterfaceChange cost the process that gets them: `storm-process.mjs roamkit|bare COUNT ROUNDS`. The threads that send
// them are of the same process, in both.
import { setTimeout as delay } from 'node:timers/promises'
import { windows } from '@roamkit/backend-windows'
import { NetworkConfigurationManager } from '@roamkit/core'
import { libraries, world } from '@roamkit/lab-windows'
import { watchInterfaces } from './bare.mjs'

const [kind, count = '', rounds = ''] = process.argv.slice(2)
const { world: _world, kernel32: _kernel32, ...dlls } = libraries

world('adapter add Cable')
world('adapter address Cable add 10.1.0.2/24')
if (kind === 'roamkit') {
  const manager = await NetworkConfigurationManager.open(windows({ libraries: dlls }))
  manager.on('configurationChanged', () => {})
} else watchInterfaces(dlls.iphlpapi, () => {})

const costs = []
for (let round = -1; round < Number(rounds); round += 1) {
  const before = process.cpuUsage()
  const { over } = world('storms')
  world(`storm ${count} kind=interface`)
  while (world('storms').running > 0 || world('storms').over === over) await delay(10)
  const { user, system } = process.cpuUsage(before)
  if (round >= 0) costs.push((user + system) / Number(count))
}
console.log(JSON.stringify(costs))
process.exit()
