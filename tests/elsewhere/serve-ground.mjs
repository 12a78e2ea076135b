/**
 * Does with a ground what another process says, line by line, and answers each.
 *
 * @param {import('@roamkit/holders').Ground} ground
 * @param {AsyncIterable<string>} lines
 * @param {(line: string) => void} say
 */
export async function serveGround(ground, lines, say) {
  /** @type {Map<string, import('@roamkit/holders').GroundLock>} */
  const locks = new Map()
  /** @type {Map<string, () => void>} */
  const attended = new Map()
  /** @type {Map<string, () => void>} */
  const excluded = new Map()
  const heard = /** @type {string[]} */ ([])

  /** @type {Record<string, (...parameters: string[]) => unknown>} */
  const actions = {
    async take(key = '') {
      const lock = await ground.take(key)
      if (lock !== null) locks.set(key, lock)
      return lock !== null
    },
    release: (key = '') => locks.get(key)?.release(),
    post: async (key = '', member = '', text = '') =>
      void (await ground.post(key, member, text, { vouch: 'no' })),
    posted: (key = '') => ground.posted(key),
    async attend(key = '') {
      const goAway = await ground.attend(key)
      if (goAway !== null) attended.set(key, goAway)
      return goAway !== null
    },
    depart: (key = '') => attended.get(key)?.(),
    async exclude(key = '') {
      const letIn = await ground.exclude(key)
      if (letIn !== null) excluded.set(key, letIn)
      return letIn !== null
    },
    letIn: (key = '') => excluded.get(key)?.(),
    vouched(key = '') {
      const postings = ground.posted(key)
      return postings !== null && ground.vouched(key, postings).size === postings.length
    },
    hang: async (key = '', member = '') => void (await ground.hang(key, member, (text) => heard.push(text))),
    rung: () => heard.splice(0),
    ring: (key = '', member = '', text = '') => ground.ring(key, member, text),
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
