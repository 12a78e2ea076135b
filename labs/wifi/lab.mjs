// One run of the virtual machine: boots a kernel, lets the guest play its scenarios, and returns what it wrote down.
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE } from './cache.mjs'
import { chooseKernel, userModeKernel } from './kernel.mjs'
import { PackagesUnavailable, unpackWithDependencies } from './packages.mjs'
import { GUEST_PACKAGES, obstacle } from './requirements.mjs'
import { emulatorCommand, stockKernel } from './stock.mjs'

export { obstacle, PackagesUnavailable }

const GUEST = fileURLToPath(new URL('guest', import.meta.url))

/** @type {Record<import('./kernel.mjs').KernelKind, string>} */
const TITLES = { userMode: 'the user-mode kernel', stock: "Debian's own kernel under qemu" }

/** Simulated radios: two of the machine, and one for each access point. */
const RADIOS = 6
const MEMORY = 1024
/** Milliseconds, against hangs. */
const LIMIT = { userMode: 300_000, realTime: 600_000, stock: 900_000 }

/**
 * What happened in a scenario: each entry is an event or an act, with its time in the guest's seconds.
 *
 * @typedef {{ at: number, text: string }} Entry
 * @typedef {{ name: string, entries: Entry[], seconds: number, failure: string | null, skipped: string | null }} Played
 * @typedef {object} Run
 * @property {import('./kernel.mjs').KernelKind} kernel
 * @property {string} because why that one
 * @property {boolean} isRealTime
 * @property {number} seconds of this machine
 * @property {Played[]} played
 * @property {string | null} problem why the guest did not come to its end; `null` if it did
 */

/**
 * Downloads and builds what a run needs, and says which kernel it will be.
 *
 * @param {{ mayBuild: boolean }} options whether there is time to build a kernel
 */
export async function prepare({ mayBuild }) {
  const { kind, because } = await chooseKernel({ mayBuild })
  console.log(`wifi lab: ${TITLES[kind]}: ${because}`)
  const packages = await unpackWithDependencies('guest', GUEST_PACKAGES)
  if (kind === 'userMode') await userModeKernel()
  else await stockKernel(packages)
  return { kind, because, packages }
}

/**
 * Plays scenarios in a fresh machine.
 *
 * @param {object} [options]
 * @param {boolean} [options.isRealTime] whether the guest's clock is the real one also on the user-mode kernel, whose time is simulated otherwise
 * @param {boolean} [options.mayBuild] whether there is time to build a kernel
 * @param {readonly string[]} [options.only] names of scenarios; all, if it is empty
 * @param {string} [options.keep] a folder for the logs of the guest
 * @param {boolean} [options.isRecorded] whether what is said on the guest's bus is written to `bus.jsonl` among the logs
 * @returns {Promise<Run>}
 */
export async function play({
  isRealTime = false,
  mayBuild = true,
  only = [],
  keep,
  isRecorded = false,
} = {}) {
  const { kind, because, packages } = await prepare({ mayBuild })
  const run = makeRunFolder({ packages, kind, only, isRecorded })
  const remove = () => rmSync(run, { recursive: true, force: true })
  process.on('exit', remove) // also of a signal
  try {
    const { command, env, limit } = await machine(kind, { run, packages, isRealTime })
    const began = performance.now()
    const console_ = await boot(command, { env, limit })
    const seconds = (performance.now() - began) / 1000
    writeFileSync(join(run, 'out/console.log'), console_)
    if (keep !== undefined) cpSync(join(run, 'out'), keep, { recursive: true })
    const { played, isOver } = readResults(run)
    return {
      kernel: kind,
      because,
      isRealTime: isRealTime || kind === 'stock',
      seconds,
      played,
      problem: isOver ? null : problemOf(run, console_),
    }
  } finally {
    process.off('exit', remove)
    remove()
  }
}

/**
 * The guest finds everything by fixed names in this folder, whose own name needs no quotes anywhere.
 *
 * @param {{ packages: string, kind: import('./kernel.mjs').KernelKind, only: readonly string[], isRecorded: boolean }} options
 */
function makeRunFolder({ packages, kind, only, isRecorded }) {
  const parent = /^[\w/.-]+$/.test(tmpdir()) ? tmpdir() : '/tmp'
  const run = mkdtempSync(join(parent, 'roamkit-wifi-'))
  mkdirSync(join(run, 'out'))
  cpSync(join(GUEST, 'init'), join(run, 'init'))
  symlinkSync(packages, join(run, 'packages'))
  symlinkSync(process.execPath, join(run, 'node'))
  symlinkSync(join(GUEST, 'main.mjs'), join(run, 'main'))
  writeFileSync(
    join(run, 'parameters.json'),
    JSON.stringify({ kernel: kind, radios: RADIOS, only, isRecorded }),
  )
  return run
}

/**
 * @param {import('./kernel.mjs').KernelKind} kind
 * @param {{ run: string, packages: string, isRealTime: boolean }} options
 * @returns {Promise<{ command: string[], env: Record<string, string>, limit: number }>}
 */
async function machine(kind, { run, packages, isRealTime }) {
  const words = [`ROAMKIT_RUN=${run}`]
  if (kind === 'stock') {
    const stock = await stockKernel(packages)
    return { ...emulatorCommand(stock, { packages, out: join(run, 'out'), words }), limit: LIMIT.stock }
  }
  const kernel = await userModeKernel()
  const files = ['root=none', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${run}/init`, `uml_dir=${run}/`]
  const hardware = [`mem=${MEMORY}M`, `mac80211_hwsim.radios=${RADIOS}`]
  // Without trust in the processor's random numbers, getrandom() blocks for minutes.
  const random = ['random.trust_bootloader=on', 'random.trust_cpu=on']
  const console_ = ['con=null', 'con0=fd:0,fd:1', 'quiet']
  const time = isRealTime ? [] : ['time-travel=inf-cpu']
  return {
    command: [kernel, ...files, ...hardware, ...random, ...console_, ...time, ...words],
    env: { TMPDIR: memoryFolder() },
    limit: isRealTime ? LIMIT.realTime : LIMIT.userMode,
  }
}

/** Where the guest's memory is: a file that is mapped, best on a memory file system with room for it. */
function memoryFolder() {
  const isRoomy = (/** @type {string} */ folder) => {
    if (!existsSync(folder)) return false
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize > MEMORY * 2 ** 20
  }
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
  const forbidsPrograms = (/** @type {string} */ folder) =>
    mounts.some(([, point, , options = '']) => point === folder && options.split(',').includes('noexec'))
  return ['/dev/shm', tmpdir()].find((folder) => isRoomy(folder) && !forbidsPrograms(folder)) ?? CACHE
}

/**
 * Runs the machine until it switches itself off. Everything of it is in one process group, which ends with this process too.
 *
 * @param {string[]} command
 * @param {{ env: Record<string, string>, limit: number }} options limit: milliseconds
 * @returns {Promise<string>} its console
 */
function boot([file = '', ...args], { env, limit }) {
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      output += data
    })
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
    }
  }
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    end()
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of signals) process.on(signal, passOn)
  process.on('exit', end)
  const timer = setTimeout(() => {
    output += `\nwifi lab: stopped after ${limit / 1000} s\n`
    end()
  }, limit)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      for (const signal of signals) process.off(signal, passOn)
      process.off('exit', end)
      end()
      resolve(output)
    })
  })
}

/** @param {string} run @returns {{ played: Played[], isOver: boolean }} */
function readResults(run) {
  const file = join(run, 'out/results.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { played: [], isOver: false }
}

/** The last words of the guest. @param {string} run @param {string} console_ */
function problemOf(run, console_) {
  const log = join(run, 'out/log')
  const said = existsSync(log) ? readFileSync(log, 'utf8') : ''
  const tail = (/** @type {string} */ text) => text.trimEnd().split('\n').slice(-25).join('\n')
  return `the guest did not come to its end\n${tail(console_)}\n${tail(said)}`
}
