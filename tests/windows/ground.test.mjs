// What holders of Windows stand on: the laws of every ground, with processes that are killed.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Libraries } from '../../packages/backend-windows/dist/libraries.js'
import { windowsGround } from '../../packages/backend-windows/dist/windows-ground.js'
import { groundLaws } from '../../packages/holders/dist/ground-laws.js'

const FAR = fileURLToPath(new URL('far-ground.mjs', import.meta.url))
let keys = 0

/** A process of its own, talked to by TCP: Wine has no pipes. @param {(() => unknown)[]} undo */
async function far(undo) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const child = spawn(process.execPath, [FAR, String(port)], { stdio: 'ignore' })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  undo.push(kill, () => server.close())
  const socket = await new Promise((resolve, reject) => {
    server.once('connection', resolve)
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
  })
  const answers = new Map()
  socket.on('error', () => {})
  createInterface({ input: socket }).on('line', (line) => {
    const { call, value, error } = JSON.parse(line)
    const { resolve, reject } = answers.get(call)
    if (error === undefined) resolve(value)
    else reject(new Error(error))
  })
  let calls = 0
  const deed =
    (/** @type {string} */ name) =>
    (/** @type {string[]} */ ...parameters) =>
      new Promise((resolve, reject) => {
        calls += 1
        answers.set(calls, { resolve, reject })
        socket.write(`${JSON.stringify({ call: calls, name, parameters })}\n`)
      })
  const deeds = Object.fromEntries(
    ['take', 'release', 'post', 'posted', 'vouched', 'hang', 'rung', 'ring'].map((name) => [
      name,
      deed(name),
    ]),
  )
  return /** @type {any} */ ({ ...deeds, kill })
}

describe('the ground of Windows', () => {
  for (const law of groundLaws)
    test(`${law.id}: ${law.says}`, { timeout: 30_000 }, async () => {
      /** @type {(() => unknown)[]} */
      const undo = []
      // Grounds are opened at once by the laws, and in a moment by Windows.
      const ready = []
      for (let count = 0; count < 2; count += 1) ready.push(await windowsGround(new Libraries({})))
      for (const ground of ready) undo.push(() => ground?.[Symbol.asyncDispose]())
      try {
        await law.run({
          open() {
            const ground = ready.shift()
            if (!ground) throw new Error('there is no ground')
            return ground
          },
          far: () => far(undo),
          key() {
            keys += 1
            return `test ${process.pid} ${keys} "é\n\u0000`
          },
        })
      } finally {
        for (const step of undo.reverse()) await step()
      }
    })
})
