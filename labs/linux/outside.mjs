// A lab seen from the machine: start one, find those that run, enter one, end one. A lab is known by the process id of its `unshare`.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { until } from './daemon.mjs'
import { environment } from './lab.mjs'
import { namespaceFlags } from './requirements.mjs'

const INIT = fileURLToPath(new URL('init.mjs', import.meta.url))

/**
 * bash is process 1 of the lab because it reaps orphans, which Node does not. When it ends, the kernel ends all the rest.
 *
 * @param {string} init
 * @param {object} options
 * @param {string[]} command
 */
const unshareArguments = (init, options, command) => [
  ...namespaceFlags(),
  ...[
    '--',
    'bash',
    '-c',
    '"$@"; exit $?',
    'roamkit-lab',
    process.execPath,
    init,
    JSON.stringify(options),
    ...command,
  ],
]

/**
 * A fresh lab around one command: it ends with the command, and with this process however that ends.
 *
 * @param {import('./config.mjs').Options} options
 * @param {string[]} command
 * @param {string} [init] the program that builds the lab
 * @returns {Promise<number>} the command's exit code
 */
export function runInLab(options, command, init = INIT) {
  const unshare = spawn('unshare', unshareArguments(init, { ...options, keep: false }, command), {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const line = /** @type {import('node:net').Socket} */ (unshare.stdio[3])
  line.on('error', () => {}) // the lab is gone already; its exit says so
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    const fromTerminal = process.stdin.isTTY && signal !== 'SIGTERM' && signal !== 'SIGHUP'
    if (!fromTerminal) line.write(signal)
  }
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']))
    process.on(signal, pass)
  endWithParent(() => line.destroy())
  return new Promise((resolve, reject) => {
    unshare.once('error', reject)
    unshare.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

/** Nobody waits for the outcome any more: whoever started us was killed. @param {() => void} end */
function endWithParent(end) {
  const parent = process.ppid
  const check = () => process.ppid !== parent && end()
  setInterval(check, 500).unref()
}

/**
 * A lab that stays until it is stopped.
 *
 * @param {import('./config.mjs').Options} options
 * @param {string} [init] the program that builds the lab
 * @returns {Promise<number>} what the lab is known by
 */
export async function startLab(options, init = INIT) {
  const unshare = spawn('unshare', unshareArguments(init, { ...options, keep: true }, []), {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const line = /** @type {import('node:net').Socket} */ (unshare.stdio[3])
  const said = await new Promise((resolve, reject) => {
    unshare.once('error', reject)
    line.once('data', (data) => resolve(String(data))).once('close', () => resolve(''))
  })
  if (said !== 'ready' || unshare.pid === undefined) throw new Error(said || 'the lab did not start')
  unshare.unref()
  line.destroy()
  return unshare.pid
}

/** Every lab this user may touch, by its process id; or of those only the ones that stay. @param {'all' | 'staying'} [which] */
export function findLabs(which = 'all') {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      const [program, ...args] = pid > 0 ? argumentsOf(pid) : []
      const isLab = program === 'unshare' && args.includes('roamkit-lab')
      return isLab && (which === 'all' || args.some((arg) => arg.includes('"keep":true')))
    })
}

/** @param {number} pid @returns {string[]} none for a process that is gone or a zombie */
function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? ''))
      return []
    throw error
  }
}

/** The one that ROAMKIT_LAB names, or the only one there is. @param {'all' | 'staying'} [which] */
export function theLab(which) {
  const labs = findLabs(which)
  const named = process.env.ROAMKIT_LAB
  const [lab, ...others] = named ? labs.filter((pid) => String(pid) === named) : labs
  if (lab === undefined) throw new Error(named ? `no lab ${named}` : 'no lab runs: labs/linux/lab start')
  if (others.length > 0) throw new Error(`several labs run: say ROAMKIT_LAB=${labs.join('|')}`)
  return lab
}

/** @param {number} lab @param {string[]} command @returns {Promise<number>} the command's exit code */
export function enterLab(lab, command) {
  const namespaces = ['mnt', 'net', 'pid'].map((kind) => {
    const name = kind === 'mnt' ? 'mount' : kind
    return `--${name}=/proc/${lab}/ns/${kind === 'pid' ? 'pid_for_children' : kind}`
  })
  const user = process.getuid?.() === 0 ? [] : [`--user=/proc/${lab}/ns/user`, '--preserve-credentials']
  // The root, for a lab in a chroot: a mount namespace has only its own. The folder is looked up by its name inside, not outside.
  const inFolder = ['sh', '-c', 'cd "$0" && exec "$@"', process.cwd()]
  const args = [
    ...user,
    ...namespaces,
    `--root=/proc/${lab}/root`,
    `--wd=/proc/${lab}/root`,
    '--',
    ...inFolder,
    ...command,
  ]
  const child = spawn('nsenter', args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

/** Ends process 1 of the lab; `unshare` is gone once the kernel has ended all the others. @param {number} lab */
export async function stopLab(lab) {
  const children = readFileSync(`/proc/${lab}/task/${lab}/children`, 'utf8').trim().split(' ').filter(Boolean)
  for (const pid of children) process.kill(Number(pid), 'SIGKILL')
  await until('the lab is gone', () => argumentsOf(lab)[0] !== 'unshare')
}
