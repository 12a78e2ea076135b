// Programs in the guest, and waiting for what they do.
import { execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** The folder for logs, which the machine outside sees. */
export const OUT = `${process.env.ROAMKIT_RUN}/out`

/** Runs a program to its end; resolves to what it printed. @param {string} file @param {readonly string[]} args */
export async function run(file, ...args) {
  return (await execute(file, args)).stdout
}

/** Starts a program that stays. @param {string} name for its log @param {readonly string[]} command */
export async function start(name, [file = '', ...args]) {
  const log = openSync(`${OUT}/${name}.log`, 'a')
  const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  child.unref()
  return child
}

/**
 * Waits for a condition; rejects if it does not come about in the guest's own time.
 *
 * @param {string} what
 * @param {() => unknown} holds
 * @param {{ within?: number, every?: number }} [limit] milliseconds
 */
export async function until(what, holds, { within = 60_000, every = 50 } = {}) {
  const end = performance.now() + within
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${within / 1000} s`)
    await delay(every)
  }
}
