// The laws of every rendezvous on Windows, with processes that are killed.
import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Libraries, windowsRendezvous } from '../../packages/backend-windows/dist/internals.js'
import { CannotRun, rendezvousLaws } from '../../packages/holders/dist/rendezvous-laws.js'
import { clock } from '../elsewhere/clock.mjs'
import { farRendezvous } from '../elsewhere/far-rendezvous.mjs'
import { startLineProcess } from './line-process.mjs'

const FAR = fileURLToPath(new URL('far-rendezvous.mjs', import.meta.url))
let keys = 0

/** What was thrown in callbacks of Windows. @type {unknown[]} */
const failures = []
/** @param {unknown} error */
const failed = (error) => failures.push(error)

/** A rendezvous in a process of its own. @param {(() => unknown)[]} undo */
async function far(undo) {
  const { heard, send, kill } = await startLineProcess([FAR])
  undo.push(kill)
  const { rendezvous, hear } = farRendezvous(send)
  heard.add(hear)
  return { ...rendezvous, kill }
}

describe('the rendezvous of Windows', () => {
  for (const law of rendezvousLaws)
    test(`${law.id}: ${law.says}`, { timeout: 30_000 }, async (test) => {
      /** @type {(() => unknown)[]} */
      const undo = []
      // The laws open a rendezvous at once, and Windows takes a moment.
      /** @type {(import('@roamkit/holders').Rendezvous | null)[]} */
      const ready = []
      for (let count = 0; count < 2; count += 1)
        ready.push(await windowsRendezvous(new Libraries({}), clock, failed))
      for (const rendezvous of ready) undo.push(() => rendezvous?.[Symbol.asyncDispose]())
      try {
        await law.run({
          open() {
            const rendezvous = ready.shift()
            if (!rendezvous) throw new Error('there is no rendezvous')
            return rendezvous
          },
          far: () => far(undo),
          key() {
            keys += 1
            return `test ${process.pid} ${keys} "é\n\u0000`
          },
        })
      } catch (error) {
        if (!(error instanceof CannotRun)) throw error
        test.skip(error.message)
      } finally {
        for (const step of undo.reverse()) await step()
      }
      deepEqual(failures.splice(0), [])
    })
})
