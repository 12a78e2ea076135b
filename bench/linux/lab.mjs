// What the benchmarks in the Linux lab share.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

export const GROUP = 'On Linux, from end to end'

/** The link that is up when the lab starts. */
export const DEVICE = 'eth-a'
export const PROFILE = 'lab-a'

/** Resolves to what a program printed; rejects if it fails. @param {string} file @param {...string} args */
export const run = async (file, ...args) => (await promisify(execFile)(file, args)).stdout

/** Waits until a process gets news of the kernel, as `ip monitor` does: it does not say so. @param {number} pid */
export function untilSubscribed(pid) {
  // Address of a socket, protocol, its number, which is that of its process, and the groups that it is in.
  const subscribed = new RegExp(`^\\S+ +\\d+ +${pid} +0*[1-9a-f]`, 'm')
  return within(
    'ip monitor listens',
    until(() => subscribed.test(readFileSync('/proc/net/netlink', 'utf8'))),
  )
}

/** @param {() => boolean} holds */
async function until(holds) {
  while (!holds()) await delay(5)
}

/**
 * What a promise gives, if it does so in time.
 *
 * @template T @param {string} what should happen @param {Promise<T>} promise @param {number} [limit] milliseconds @returns {Promise<T>}
 */
export async function within(what, promise, limit = 20_000) {
  const late = new AbortController()
  const timeout = delay(limit, null, { signal: late.signal }).then(() => {
    throw new Error(`not within ${limit} ms: ${what}`)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    late.abort()
    timeout.catch(() => {})
  }
}

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

/** @param {import('@roamkit/core').NetworkSession} session @param {string} state */
export function untilState(session, state) {
  return within(
    `the session is ${state}`,
    until(() => session.state === state),
  )
}

/** Waits until NetworkManager has its default route there. @param {import('@roamkit/core').NetworkConfigurationManager} manager @param {string} name */
export function untilDefault(manager, name) {
  return within(
    `${name} is the default`,
    until(() => manager.defaultConfiguration().name === name),
  )
}
