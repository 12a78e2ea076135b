// A lab as the machine sees it: new namespaces around one command. They end with the command, and with the process that started them.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { compiledLibraries } from './compile.mjs'
import { koffiBinary, nodeProgram } from './downloads.mjs'
import { namespaceFlags, PATH } from './requirements.mjs'

const INIT = fileURLToPath(new URL('init.mjs', import.meta.url))
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])

/**
 * @param {string[]} command carried out on the Linux side; `wine-node` is node.exe there
 * @param {{ node?: import('./downloads.mjs').NodeVersion, limit?: number, cwd?: string }} [options] limit: seconds
 * @returns {Promise<number>} the command's exit code
 */
export async function runInLab(command, { node = '22', limit = 300, cwd = process.cwd() } = {}) {
  const [program, koffi, libraries] = await Promise.all([
    nodeProgram(node),
    koffiBinary(),
    compiledLibraries(),
  ])
  const options = JSON.stringify({ node: program, koffi, libraries, limit })
  // bash is process 1 of the lab because it reaps orphans, which Node does not.
  const init = ['bash', '-c', '"$@"; exit $?', 'roamkit-lab-windows', process.execPath, INIT, options]
  const unshare = spawn('unshare', [...namespaceFlags(), '--', ...init, ...command], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, PATH },
    cwd,
  })
  const line = /** @type {import('node:net').Socket} */ (unshare.stdio[3])
  line.on('error', () => {}) // the lab is gone already; its exit says so
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    const fromTerminal = process.stdin.isTTY && signal !== 'SIGTERM' && signal !== 'SIGHUP'
    if (!fromTerminal) line.write(signal)
  }
  for (const signal of SIGNALS) process.on(signal, pass)
  const stopWatching = watchParent(() => line.destroy())
  try {
    return await new Promise((resolve, reject) => {
      unshare.once('error', reject)
      unshare.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
    })
  } finally {
    stopWatching()
    for (const signal of SIGNALS) process.off(signal, pass)
  }
}

/** Calls back when the process that started us is killed. @param {() => void} gone */
function watchParent(gone) {
  const parent = process.ppid
  const timer = setInterval(() => process.ppid !== parent && gone(), 500)
  timer.unref()
  return () => clearInterval(timer)
}
