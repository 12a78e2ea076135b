/**
 * Does with a rendezvous what another process says, line by line, and answers each.
 *
 * @param {import('@roamkit/holders').Rendezvous} rendezvous
 * @param {AsyncIterable<string>} lines
 * @param {(line: string) => void} say
 */
export async function serveRendezvous(rendezvous, lines, say) {
  /** @type {Map<string, import('@roamkit/holders').RendezvousLock>} */
  const locks = new Map()
  /** @type {Map<string, () => void>} */
  const attended = new Map()
  /** @type {Map<string, () => void>} */
  const excluded = new Map()
  const received = /** @type {string[]} */ ([])

  /** @type {Record<string, (...parameters: string[]) => unknown>} */
  const actions = {
    async take(key = '') {
      const lock = await rendezvous.take(key)
      if (lock !== null) locks.set(key, lock)
      return lock !== null
    },
    release: (key = '') => locks.get(key)?.release(),
    post: async (key = '', member = '', text = '') =>
      void (await rendezvous.post(key, member, text, { attest: 'no' })),
    entries: (key = '') => rendezvous.entries(key),
    async attend(key = '') {
      const goAway = await rendezvous.attend(key)
      if (goAway !== null) attended.set(key, goAway)
      return goAway !== null
    },
    depart: (key = '') => attended.get(key)?.(),
    async exclude(key = '') {
      const letIn = await rendezvous.exclude(key)
      if (letIn !== null) excluded.set(key, letIn)
      return letIn !== null
    },
    letIn: (key = '') => excluded.get(key)?.(),
    isAttested(key = '') {
      const entries = rendezvous.entries(key)
      return entries !== null && rendezvous.selectAttested(key, entries).size === entries.length
    },
    subscribe: async (key = '', member = '') =>
      void (await rendezvous.subscribe(key, member, (text) => received.push(text))),
    notifications: () => received.splice(0),
    notify: (key = '', member = '', text = '') => rendezvous.notify(key, member, text),
  }

  for await (const line of lines) {
    const { call, name, parameters } = JSON.parse(line)
    const answer = await Promise.resolve(actions[name]?.(...parameters)).then(
      (value = null) => ({ call, value }),
      (error) => ({ call, error: String(error) }),
    )
    say(`${JSON.stringify(answer)}\n`)
  }
}
