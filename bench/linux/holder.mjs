// Holds a link until it is given a line: `holder.mjs PROFILE`.
import { once } from 'node:events'
import { networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { byName } from './lab.mjs'

const manager = await NetworkConfigurationManager.open(networkManager())
const session = manager.createSession(byName(manager, process.argv[2] ?? ''))
await session.open()
console.log(JSON.stringify({ says: 'ready' }))
await once(process.stdin, 'data')
await manager.close()
process.stdin.destroy()
