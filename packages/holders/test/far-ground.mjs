// A process that does with the ground of Linux what each line on its standard input says, until it is killed.
import { createInterface } from 'node:readline'
import { linuxGround } from '@roamkit/holders'

const clock = {
  now: () => performance.now(),
  after: (/** @type {number} */ ms, /** @type {() => void} */ run) => {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  },
}
const ground = linuxGround({ clock })
const locks = new Map()
const heard = /** @type {string[]} */ ([])

/** @type {Record<string, (...parameters: string[]) => unknown>} */
const deeds = {
  async take(key = '') {
    const lock = await ground.take(key)
    if (lock !== null) locks.set(key, lock)
    return lock !== null
  },
  release: (key = '') => locks.get(key)?.release(),
  post: async (key = '', member = '', text = '') =>
    void (await ground.post(key, member, text, { vouch: 'no' })),
  posted: (key = '') => ground.posted(key),
  vouched: (key = '') => ground.posted(key)?.every((posting) => ground.vouched(key, posting)),
  hang: (key = '', member = '') => void ground.hang(key, member, (text) => heard.push(text)),
  rung: () => heard.splice(0),
  async ring(key = '', member = '', text = '') {
    ground.ring(key, member, text)
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { call, name, parameters } = JSON.parse(line)
  const answer = await Promise.resolve(deeds[name]?.(...parameters)).then(
    (value = null) => ({ call, value }),
    (error) => ({ call, error: String(error) }),
  )
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
process.exit()
