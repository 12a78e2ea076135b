// A process that counts holders as its parent says, message by message, until it is killed.
import { linuxHolders } from '@roamkit/holders'
import { clock } from '../elsewhere/clock.mjs'
import { serveHolders } from '../elsewhere/serve-holders.mjs'

const holders = await linuxHolders({ clock, name: 'elsewhere' })
if (holders === null) throw new Error('holders cannot be counted here')
process.on(
  'message',
  serveHolders(holders, (message) => process.send?.(message)),
)
process.send?.({ type: 'ready' })
