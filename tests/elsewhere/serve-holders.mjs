/**
 * Counts holders as another process says, message by message. What is to be done under a lock is done there, while this process
 * has the lock.
 *
 * @param {import('@roamkit/core/contract').Holders} holders
 * @param {(message: object) => void} say to the other process
 * @returns {(message: any) => void} takes in what it says
 */
export function serveHolders(holders, say) {
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
          let value = null
          if (verb === 'join') await held.join(owned)
          else if (verb === 'exclude') value = await held.exclude()
          else if (verb === 'leave') await held.leave()
          else held.stopping(activation)
          say({ type: 'done', step, value })
        })
        const { others, owned, certainty } = held
        say({ type: 'entered', call, others, owned, certainty })
      })
    await holders.locked(scope, id, enter, giveUp).then(
      () => say({ type: 'exited', call }),
      () => say({ type: 'refused', call }),
    )
  }

  return (message) => {
    const { type, call, scope, id } = message
    if (type === 'lock') void lock(message)
    else if (type === 'abort') waiting.get(call)?.abort()
    else if (type === 'within') inside.get(call)?.(message)
    else if (type === 'watch')
      holders.watch(scope, id, (activation) => say({ type: 'stopped', call, activation }))
  }
}
