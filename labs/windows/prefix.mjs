// A Wine prefix: made once, and copied for every lab. Runs inside a lab's namespaces, where what Wine starts ends with the lab.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.mjs'
import { WINE, WINE_DLLS, WINESERVER } from './requirements.mjs'

const run = promisify(execFile)

/** Without it nothing runs in a prefix. */
const PROOF = 'prefix/drive_c/windows/system32/kernel32.dll'

/** Seconds that Wine may take for each step of making a prefix. */
const STEP = 60

/** What every process of Wine needs to know. @param {string} prefix @param {string} home */
export const wineEnvironment = (prefix, home) => ({
  WINEPREFIX: prefix,
  WINEDEBUG: process.env.ROAMKIT_LAB_WINEDEBUG ?? '-all',
  WINEDLLOVERRIDES: 'mscoree=;mshtml=', // or it asks for .NET and a browser
  HOME: home,
  XDG_RUNTIME_DIR: home,
})

/** A fresh prefix at that path. @param {string} path @param {string} home */
export async function makePrefix(path, home) {
  const { stdout } = await run(WINE, ['--version'], { env: { ...process.env, HOME: home } })
  const name = `prefix-${stdout.trim().replaceAll(/[^\w.-]/g, '_')}`
  const template = await cached(name, (folder) => makeTemplate(join(folder, 'prefix'), home), PROOF)
  await run('cp', ['--archive', '--no-preserve=ownership', join(template, 'prefix'), path])
}

/** @param {string} prefix @param {string} home */
async function makeTemplate(prefix, home) {
  const env = { ...process.env, ...wineEnvironment(prefix, home) }
  const step = (/** @type {string} */ file, /** @type {string[]} */ ...args) =>
    run('timeout', [`${STEP}`, file, ...args], { env })
  await step(WINE, 'wineboot', '-i')
  await step(WINE, 'winecfg', '/v', 'win10')
  await step(WINESERVER, '-k').catch(() => {}) // it has ended already
  await step(WINESERVER, '-w')
  if (!existsSync(join(prefix, '..', PROOF))) throw new Error('lab: wineboot made no prefix')
  rmSync(join(prefix, 'wineserver'), { recursive: true, force: true }) // its socket and lock
  shrink(join(prefix, 'drive_c/windows'))
}

/** A prefix holds copies of all of Wine's DLLs, 600 MB: links to them do as well. @param {string} folder */
function shrink(folder) {
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const copy = join(file.parentPath, file.name)
    const original = join(WINE_DLLS, file.name)
    if (!file.isFile() || !existsSync(original) || !isSame(copy, original)) continue
    rmSync(copy)
    symlinkSync(original, copy)
  }
}

/** @param {string} one @param {string} other */
const isSame = (one, other) =>
  statSync(one).size === statSync(other).size && readFileSync(one).equals(readFileSync(other))
