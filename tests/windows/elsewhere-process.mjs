// A process that counts holders as the lines of a connection say, until it is killed. What is to be done under a lock is done by
// the other end, while this process has the lock.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { systemClock } from '@roamkit/core'
import { sharedHolders } from '@roamkit/holders'
import { Libraries } from '../../packages/backend-windows/dist/libraries.js'
import { windowsGround } from '../../packages/backend-windows/dist/windows-ground.js'

const ground = await windowsGround(new Libraries({}))
if (ground === null) throw new Error('holders cannot be counted here')
const holders = sharedHolders(ground, { clock: systemClock, name: 'elsewhere' })
const socket = connect(Number(process.argv.at(-1)), '127.0.0.1')
const say = (/** @type {object} */ what) => socket.write(`${JSON.stringify(what)}\n`)
/** @type {Map<number, (message: any) => void>} */
const inside = new Map()
/** @type {Map<number, AbortController>} */
const waiting = new Map()

/** @param {any} message */
async function lock({ call, scope, id }) {
  const giveUp = new AbortController()
  waiting.set(call, giveUp)
  const enter = (/** @type {import('@roamkit/core/contract').Held} */ held) =>
    new Promise((leave) => {
      inside.set(call, async ({ verb, owned, activation, step }) => {
        if (verb === 'exit') return leave(undefined)
        if (verb === 'join') await held.join(owned)
        else if (verb === 'leave') await held.leave()
        else held.stopping(activation)
        say({ type: 'done', step })
      })
      say({ type: 'entered', call, others: held.others, owned: held.owned })
    })
  await holders.locked(scope, id, enter, giveUp).then(
    () => say({ type: 'exited', call }),
    () => say({ type: 'refused', call }),
  )
}

for await (const line of createInterface({ input: socket })) {
  const message = JSON.parse(line)
  const { type, call, scope, id } = message
  if (type === 'lock') void lock(message)
  else if (type === 'abort') waiting.get(call)?.abort()
  else if (type === 'within') inside.get(call)?.(message)
  else if (type === 'watch')
    holders.watch(scope, id, (activation) => say({ type: 'stopped', call, activation }))
}
