/** What is told of an action: its value, or why it has none. @typedef {{ call: number, value?: unknown, error?: string }} Answer */

/**
 * The ground of a process that serves it (serve-ground.mjs), by proxy.
 *
 * @param {(message: object) => void} send
 * @returns {{ ground: Omit<import('@roamkit/holders/ground-laws').FarGround, 'kill' | 'stop'>, hear(answer: Answer): void }}
 *   hear: takes its answers in
 */
export function farGround(send) {
  /** @type {Map<number, { resolve(value: any): void, reject(error: Error): void }>} */
  const answers = new Map()
  let calls = 0
  const ask = (/** @type {string} */ name, /** @type {string[]} */ ...parameters) =>
    new Promise((resolve, reject) => {
      calls += 1
      answers.set(calls, { resolve, reject })
      send({ call: calls, name, parameters })
    })
  return {
    ground: {
      take: (key) => ask('take', key),
      release: (key) => ask('release', key),
      attend: (key) => ask('attend', key),
      depart: (key) => ask('depart', key),
      exclude: (key) => ask('exclude', key),
      letIn: (key) => ask('letIn', key),
      post: (key, member, text) => ask('post', key, member, text),
      posted: (key) => ask('posted', key),
      vouched: (key) => ask('vouched', key),
      hang: (key, member) => ask('hang', key, member),
      rung: () => ask('rung'),
      ring: (key, member, text) => ask('ring', key, member, text),
    },
    hear({ call, value, error }) {
      if (error === undefined) answers.get(call)?.resolve(value)
      else answers.get(call)?.reject(new Error(error))
      answers.delete(call)
    },
  }
}
