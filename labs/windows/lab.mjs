// What a program under node.exe can do with the lab in which it runs.
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'

const folder = process.env.ROAMKIT_LAB_DLLS
/** ERROR_MORE_DATA: it is done, but the answer did not fit. */
const MORE_DATA = 234
const ANSWER = 1 << 20

/** @param {string} name */
const library = (name) => `${folder}\\${name}.dll`

/** Paths of the scripted DLLs, by the name of the DLL of Windows that each stands for. */
export const libraries = {
  world: library('labworld'),
  iphlpapi: library('labnet'),
  wlanapi: library('wlanapi'),
  sechost: library('labsvc'),
  powrprof: library('labpower'),
  rasapi32: library('labras'),
  netlist: library('netlist'),
  kernel32: library('labkernel'),
}

/** @type {((line: string, answer: Buffer, size: number) => number) | null} */
let command = null

/** Loaded on first use: a test may set the environment before. */
function labCommand() {
  if (folder === undefined) throw new Error('lab: not inside: start this with labs/windows/run')
  command ??= koffi
    .load(libraries.world)
    .func('uint32_t LabCommand(const char *line, void *answer, uint32_t size)')
  return command
}

/**
 * Sends a command to the scripted world (see README.md). Throws the reason if the world refuses it.
 *
 * @param {string} line @returns {any} its answer, parsed; null for most
 */
export function world(line) {
  const answer = Buffer.alloc(ANSWER)
  const result = labCommand()(line, answer, answer.length)
  const said = answer.toString('utf8', 0, answer.indexOf(0))
  if (result === MORE_DATA) throw new Error(`lab: the answer is too long: ${line}`)
  if (result !== 0) throw new Error(`lab: ${line}: ${said}`)
  return said === '' ? null : JSON.parse(said)
}

/** The number of callbacks that are registered with koffi in this process. */
export const callbacks = () => koffi.stats().callbacks

/**
 * Changes the real links on the Linux side (see README.md). Resolves when the kernel shows the change. Rejects with the reason.
 *
 * @param {string} line
 */
export async function outside(line) {
  const [host = '', port = ''] = (process.env.ROAMKIT_LAB_OUTSIDE ?? '').split(':')
  const said = await new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(`${line}\n`))
    let text = ''
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`lab: no answer: ${line}`)))
    socket.on('data', (data) => {
      text += data
      if (text.includes('\n')) socket.end(() => resolve(text.trim()))
    })
  })
  if (said !== 'ok') throw new Error(`lab: ${line}: ${said}`)
}

/**
 * Runs another node.exe. Its output goes through files.
 *
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, limit?: number }} [options] limit: milliseconds, after which it is killed
 * @returns {Promise<{ code: number | null, output: string, errors: string }>}
 */
export async function runNode(args, { env = {}, limit = 30_000 } = {}) {
  const place = mkdtempSync(join(tmpdir(), 'roamkit-lab-'))
  const files = ['out', 'err'].map((name) => join(place, name))
  const [output = 1, errors = 2] = files.map((file) => openSync(file, 'w'))
  try {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', output, errors],
      env: { ...process.env, ...env },
      timeout: limit,
    })
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve))
    const [said = '', complained = ''] = files.map((file) => readFileSync(file, 'utf8'))
    return { code, output: said, errors: complained }
  } finally {
    closeSync(output)
    closeSync(errors)
    rmSync(place, { recursive: true, force: true })
  }
}
