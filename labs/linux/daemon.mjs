// The daemons of a lab, as files tell of them: any process in the lab may stop what another one started.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { PATH } from './requirements.mjs'

/** Everything a lab knows is here, on a tmpfs that the kernel drops with the lab's mount namespace. */
export const FOLDER = '/run/roamkit-lab'

/**
 * @param {string} what
 * @param {() => boolean | Promise<boolean>} holds
 * @param {{ within?: number }} [limit] milliseconds
 */
export async function until(what, holds, { within = 20_000 } = {}) {
  const end = performance.now() + within
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`lab: ${what}: not within ${within} ms`)
    await delay(5)
  }
}

/** @template T @param {() => T} read @returns {T | null} null when what it reads of is gone */
function unlessGone(read) {
  try {
    return read()
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  }
}

/**
 * The states of a process's living threads, as proc(5) letters. A zombie is dead, whoever should reap it may be late; but one whose
 * other threads still live is not: it holds its place on the bus.
 *
 * @param {number} pid
 */
function threadStates(pid) {
  const threads = unlessGone(() => readdirSync(`/proc/${pid}/task`)) ?? []
  return threads
    .map((thread) => unlessGone(() => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')) ?? ') X')
    .map((stat) => stat.slice(stat.lastIndexOf(')') + 2)[0] ?? 'X')
    .filter((state) => state !== 'Z' && state !== 'X')
}

/** @param {number} pid */
const isGone = (pid) => threadStates(pid).length === 0

/** @param {string} name */
export function pidOf(name) {
  const pid = unlessGone(() => Number(readFileSync(`${FOLDER}/${name}.pid`, 'utf8')))
  return pid === null || isGone(pid) ? null : pid
}

/** @param {string} name */
export const logOf = (name) => readFileSync(`${FOLDER}/${name}.log`, 'utf8')

/**
 * Starts a daemon and waits until it is ready or dead.
 *
 * @param {string} name
 * @param {string[]} command
 * @param {() => boolean | Promise<boolean>} ready
 */
export async function startDaemon(name, [file = '', ...args], ready) {
  if (pidOf(name) !== null) throw new Error(`lab: ${name} is running already`)
  const log = openSync(`${FOLDER}/${name}.log`, 'a')
  const env = { ...process.env, PATH, LC_ALL: 'C' }
  const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log], env })
  closeSync(log)
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  writeFileSync(`${FOLDER}/${name}.pid`, String(child.pid))
  child.unref()
  const alive = () => {
    if (pidOf(name) !== null) return true
    throw new Error(`lab: ${name} died at its start:\n${logOf(name).split('\n').slice(-8).join('\n')}`)
  }
  await until(`${name} is ready`, async () => alive() && (await ready()))
}

/**
 * @param {string} name
 * @param {'SIGTERM' | 'SIGKILL' | 'SIGUSR2'} signal
 */
export async function endDaemon(name, signal) {
  const pid = pidOf(name)
  if (pid !== null) {
    process.kill(pid, signal)
    if (threadStates(pid).includes('T')) process.kill(pid, 'SIGCONT') // a paused one would never see its SIGTERM
    await until(`${name} is gone`, () => isGone(pid))
  }
  rmSync(`${FOLDER}/${name}.pid`, { force: true })
}

/** @param {string} name */
export async function pauseDaemon(name) {
  const pid = runningPid(name)
  process.kill(pid, 'SIGSTOP')
  await until(`${name} is paused`, () => threadStates(pid).every((state) => state === 'T'))
}

/** @param {string} name */
export async function resumeDaemon(name) {
  const pid = runningPid(name)
  process.kill(pid, 'SIGCONT')
  await until(`${name} is resumed`, () => !threadStates(pid).includes('T'))
}

/** @param {string} name */
function runningPid(name) {
  const pid = pidOf(name)
  if (pid === null) throw new Error(`lab: ${name} is not running`)
  return pid
}
