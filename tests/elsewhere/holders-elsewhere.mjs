/**
 * How another process is talked to.
 *
 * @typedef {object} Line
 * @property {Set<(message: any) => void>} heard are told each message of it
 * @property {(message: object) => void} send does nothing when it is gone
 * @property {() => boolean} isThere
 * @property {() => Promise<void>} kill without farewell; resolves when it is dead
 */

/**
 * The holders of a process that serves them (serve-holders.mjs), by proxy.
 *
 * @param {Line} line
 * @returns {import('@roamkit/conformance').Elsewhere}
 */
export function holdersElsewhere({ heard, send, isThere, kill }) {
  let count = 0
  const next = () => {
    count += 1
    return count
  }
  const answer = (/** @type {(message: any) => boolean} */ is) =>
    new Promise((resolve) => {
      const hear = (/** @type {any} */ message) => {
        if (!is(message)) return
        heard.delete(hear)
        resolve(message)
      }
      heard.add(hear)
    })

  /** @type {import('@roamkit/core/contract').Holders['locked']} */
  async function locked(scope, id, run, { signal }) {
    signal.throwIfAborted()
    const call = next()
    const isOfCall = (/** @type {any} */ message) => message.call === call && message.type !== 'stopped'
    const first = answer(isOfCall)
    send({ type: 'lock', call, scope, id })
    const abort = () => send({ type: 'abort', call })
    signal.addEventListener('abort', abort, { once: true })
    const entered = await first
    signal.removeEventListener('abort', abort)
    if (entered.type !== 'entered') throw signal.reason
    const within = async (/** @type {string} */ verb, more = {}) => {
      const step = next()
      const done = answer((message) => message.type === 'done' && message.step === step)
      send({ type: 'within', call, verb, step, ...more })
      return (await done).value
    }
    try {
      return await run({
        certainty: entered.certainty,
        others: entered.others,
        owned: entered.owned,
        exclude: () => within('exclude'),
        join: (owned) => within('join', { owned }),
        leave: () => within('leave'),
        stopping: (activation) => void within('stopping', { activation }),
      })
    } finally {
      const exited = answer(isOfCall)
      send({ type: 'within', call, verb: 'exit' })
      if (isThere()) await exited
    }
  }

  return {
    holders: {
      span: 'machine',
      certainty: 'certain',
      locked,
      watch(scope, id, stopped) {
        const call = next()
        const hear = (/** @type {any} */ message) => {
          if (message.type === 'stopped' && message.call === call) stopped(message.activation)
        }
        heard.add(hear)
        send({ type: 'watch', call, scope, id })
        return () => heard.delete(hear)
      },
      list: () => [],
      [Symbol.asyncDispose]: kill,
    },
    kill,
  }
}
