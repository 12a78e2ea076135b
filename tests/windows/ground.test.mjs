// What holders of Windows stand on: the laws of every ground, with processes that are killed.
import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Libraries } from '../../packages/backend-windows/dist/libraries.js'
import { windowsGround } from '../../packages/backend-windows/dist/windows-ground.js'
import { rendezvousLaws } from '../../packages/holders/dist/rendezvous-laws.js'
import { farRendezvous } from '../elsewhere/far-rendezvous.mjs'
import { startLineProcess } from './line-process.mjs'

const FAR = fileURLToPath(new URL('far-ground.mjs', import.meta.url))
let keys = 0

/** What was thrown in callbacks of Windows. @type {unknown[]} */
const failures = []
/** @param {unknown} error */
const failed = (error) => failures.push(error)

/** A process of its own with a ground. @param {(() => unknown)[]} undo */
async function far(undo) {
  const { heard, send, kill } = await startLineProcess([FAR])
  undo.push(kill)
  const { rendezvous, hear } = farRendezvous(send)
  heard.add(hear)
  return { ...rendezvous, kill }
}

describe('the ground of Windows', () => {
  for (const law of rendezvousLaws)
    test(`${law.id}: ${law.says}`, { timeout: 30_000 }, async () => {
      /** @type {(() => unknown)[]} */
      const undo = []
      // Grounds are opened at once by the laws, and in a moment by Windows.
      /** @type {(import('@roamkit/holders').Rendezvous | null)[]} */
      const ready = []
      for (let count = 0; count < 2; count += 1) ready.push(await windowsGround(new Libraries({}), failed))
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
      deepEqual(failures.splice(0), [])
    })
})
