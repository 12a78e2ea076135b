// What the benchmarks in the Linux lab share.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export const GROUP = 'On Linux, from end to end'

/** The link that is up when the lab starts. */
export const DEVICE = 'eth-a'
export const PROFILE = 'lab-a'

/** Resolves to what a program printed; rejects if it fails. @param {string} file @param {...string} args */
export const run = async (file, ...args) => (await promisify(execFile)(file, args)).stdout

/** @param {() => Promise<unknown>} act @returns {Promise<number>} milliseconds */
export async function timed(act) {
  const start = performance.now()
  await act()
  return performance.now() - start
}

/** The configuration of that name. @param {import('@roamkit/core').NetworkConfigurationManager} manager @param {string} name */
export function byName(manager, name) {
  const found = manager.allConfigurations().find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

/** @param {import('@roamkit/core').NetworkSession} session @param {string} state @returns {Promise<void>} */
export function untilState(session, state) {
  return new Promise((resolve) => {
    if (session.state === state) return resolve()
    const undo = session.on('stateChanged', (now) => {
      if (now !== state) return
      undo()
      resolve()
    })
  })
}

/** What is compared with, for `record()`: nothing can be divided by nothing. @param {string} name @param {number} figure */
export const beside = (name, figure) =>
  figure > 0 ? { reference: figure, referenceName: name } : { referenceName: `${name} ${figure}` }
