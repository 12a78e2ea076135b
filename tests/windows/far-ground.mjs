// A process that does with the ground of Windows what each line of a connection says, until it is killed.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { Libraries } from '../../packages/backend-windows/dist/libraries.js'
import { windowsGround } from '../../packages/backend-windows/dist/windows-ground.js'

const ground = await windowsGround(new Libraries({}))
if (ground === null) throw new Error('there is no ground')
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
  ring: (key = '', member = '', text = '') => ground.ring(key, member, text),
}

const socket = connect(Number(process.argv.at(-1)), '127.0.0.1')
for await (const line of createInterface({ input: socket })) {
  const { call, name, parameters } = JSON.parse(line)
  const answer = await Promise.resolve(deeds[name]?.(...parameters)).then(
    (value = null) => ({ call, value }),
    (error) => ({ call, error: String(error) }),
  )
  socket.write(`${JSON.stringify(answer)}\n`)
}
