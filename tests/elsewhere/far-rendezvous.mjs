/** What is told of an action: its value, or why it has none. @typedef {{ call: number, value?: unknown, error?: string }} Answer */

/**
 * The rendezvous of a process that serves it (serve-rendezvous.mjs), by proxy.
 *
 * @param {(message: object) => void} send
 * @returns {{ rendezvous: Omit<import('@roamkit/holders/rendezvous-laws').FarRendezvous, 'kill' | 'stop'>, hear(answer: Answer): void }}
 *   hear: takes its answers in
 */
export function farRendezvous(send) {
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
    rendezvous: {
      take: (key) => ask('take', key),
      release: (key) => ask('release', key),
      attend: (key) => ask('attend', key),
      depart: (key) => ask('depart', key),
      exclude: (key) => ask('exclude', key),
      letIn: (key) => ask('letIn', key),
      post: (key, member, text) => ask('post', key, member, text),
      entries: (key) => ask('entries', key),
      isAttested: (key) => ask('isAttested', key),
      subscribe: (key, member) => ask('subscribe', key, member),
      notifications: () => ask('notifications'),
      notify: (key, member, text) => ask('notify', key, member, text),
    },
    hear({ call, value, error }) {
      if (error === undefined) answers.get(call)?.resolve(value)
      else answers.get(call)?.reject(new Error(error))
      answers.delete(call)
    },
  }
}
