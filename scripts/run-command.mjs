// Runs a program to its end, and keeps what it printed for the case that it fails.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

/** The repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../', import.meta.url))

const environment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  NO_COLOR: '1',
  ROAMKIT_NODE_VERSION: process.version, // a result of one Node must not be taken for another's
}

/** We end with what we started, not before it. */
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/** npm 11 warns of settings it has heard of from elsewhere. @param {string} output */
export const withoutNoise = (output) => output.replace(/^npm warn Unknown .* config .*\n/gm, '')

/**
 * @typedef {{ ok: boolean, output: string }} Ran
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, show?: boolean }} [options] show: print at once
 * @returns {Promise<Ran>}
 */
export function runCommand(file, args, { cwd = root, env = {}, show = false } = {}) {
  const stdio = show ? /** @type {const} */ ('inherit') : /** @type {const} */ ('pipe')
  const child = spawn(file, args, { cwd, env: { ...environment, ...env }, stdio: ['ignore', stdio, stdio] })
  /** @type {Buffer[]} */
  const chunks = []
  child.stdout?.on('data', (chunk) => chunks.push(chunk))
  child.stderr?.on('data', (chunk) => chunks.push(chunk))
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    child.once('close', () => process.exit(128 + constants.signals[signal]))
    child.kill(signal)
  }
  for (const signal of SIGNALS) process.on(signal, passOn)
  child.once('close', () => {
    for (const signal of SIGNALS) process.off(signal, passOn)
  })
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: `${error.message}\n` }))
    child.once('close', (code, signal) => {
      const end = signal === null ? '' : `${file}: ended by ${signal}\n`
      resolve({ ok: code === 0, output: withoutNoise(Buffer.concat(chunks).toString()) + end })
    })
  })
}

/** npm as it was called, or as the PATH has it. @param {readonly string[]} args */
export function npm(args) {
  const path = process.env.npm_execpath
  if (path?.endsWith('npm-cli.js')) return runCommand(process.execPath, [path, ...args])
  return process.platform === 'win32' ? runCommand('cmd', ['/c', 'npm', ...args]) : runCommand('npm', args)
}
