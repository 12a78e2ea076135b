// An application that listens to a backend: `storm-client.mjs networkmanager|kernel NAME`. To a line it answers what it knows about that configuration.
import { kernel, networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { byName } from './lab.mjs'

const [backend, name = ''] = process.argv.slice(2)
const manager = await NetworkConfigurationManager.open(backend === 'kernel' ? kernel() : networkManager())
const { identifier } = byName(manager, name)
let changes = 0
manager.on('configurationChanged', () => {
  changes += 1
})
const session = manager.createSession(identifier)
session.on('stateChanged', () => {})
console.log(JSON.stringify({ says: 'ready' }))
process.stdin.on('data', () => {
  const { signal } = manager.configurationFromIdentifier(identifier)
  console.log(JSON.stringify({ says: 'seen', signal, changes }))
})
