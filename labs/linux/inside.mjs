// What every lab of daemons does first inside its new namespaces: hide the machine, build the lab, then run a command in it or keep it.
// File descriptor 3 is the line to the process that started the lab (outside.mjs); see README.md for how a lab ends.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { FOLDER } from './daemon.mjs'
import { PATH } from './requirements.mjs'

/** How long a command may take to end after a signal, before the lab ends around it. */
const GRACE = 5_000

/**
 * Daemons see nothing of the machine's own: no udev or systemd under /run, only this network in /sys, and nothing in the folders that are
 * named. A folder that does not exist stays so.
 *
 * @param {readonly string[]} folders
 */
export function hideMachine(folders) {
  const mount = (/** @type {string[]} */ ...args) =>
    execFileSync('mount', args, { env: { ...process.env, PATH } })
  mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run')
  mount('-t', 'sysfs', '-o', 'ro', 'sysfs', '/sys') // read-only: no daemon waits for udev
  for (const path of folders.filter(existsSync)) mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', path)
  for (const path of [FOLDER, '/run/dbus', '/run/netns']) mkdirSync(path)
}

/** @param {string[]} command @param {Socket} line @returns {Promise<number>} its exit code */
function runCommand([file = '', ...args], line) {
  const child = spawn(file, args, { stdio: 'inherit' })
  line.on('data', (signal) => {
    child.kill(/** @type {NodeJS.Signals} */ (String(signal)))
    setTimeout(() => process.exit(128 + constants.signals.SIGKILL), GRACE).unref()
  })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGQUIT'])) process.on(signal, () => {}) // a terminal's: the command's affair
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`lab: ${error.message}\n`)
      resolve(127)
    })
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

/**
 * The whole life of a lab's first process.
 *
 * @param {string[]} given its options as JSON, then the command
 * @param {(options: import('./config.mjs').Options) => Promise<void>} build
 */
export async function buildAndRun([given = '{}', ...command], build) {
  /** @type {import('./config.mjs').Options & { keep: boolean }} */
  const { keep, ...options } = JSON.parse(given)
  const line = new Socket({ fd: 3, readable: true, writable: true })
  if (!keep)
    line
      .on('end', () => process.exit(1))
      .on('error', () => process.exit(1))
      .resume()

  try {
    await build(options)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (keep) await new Promise((resolve) => line.end(message, () => resolve(null)))
    else process.stderr.write(`${message}\n`)
    process.exit(125)
  }
  if (keep) {
    line.end('ready')
    setInterval(() => {}, 2 ** 31 - 1)
  } else {
    process.exit(await runCommand(command, line))
  }
}
