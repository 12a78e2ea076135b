// The scripted DLLs, from the C in dll/. Compiled again when a source changes.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cached } from './cache.mjs'
import { COMPILER } from './requirements.mjs'

const run = promisify(execFile)
const SOURCES = fileURLToPath(new URL('dll/', import.meta.url))
const FLAGS = ['-std=gnu11', '-O1', '-D__USE_MINGW_ANSI_STDIO=1', '-Wall', '-Wextra', '-Werror']
/** Compilers at once: what the smallest machines have. */
const AT_ONCE = 2

/** In this order: each may need those before it. The folder in dll/, the DLL's name, what it is linked with. */
const libraries = [
  { folder: 'world', name: 'labworld', with: ['iphlpapi', 'ws2_32', 'ole32'] },
  { folder: 'net', name: 'labnet', with: ['labworld', 'iphlpapi', 'ws2_32', 'ole32'] },
  { folder: 'wlan', name: 'wlanapi', with: ['labworld'] },
  // Of their own names, Wine would take its own.
  { folder: 'service', name: 'labsvc', with: ['labworld'] },
  { folder: 'power', name: 'labpower', with: ['labworld'] },
  { folder: 'ras', name: 'labras', with: ['labworld'] },
  { folder: 'kernel', name: 'labkernel', with: [] },
  { folder: 'netlist', name: 'netlist', with: ['labworld', 'labnet', 'ole32', 'oleaut32', 'uuid'] },
]

/** @returns {Promise<string>} the folder with the DLLs */
export function compiledLibraries() {
  return cached(`dll-${hashOf(SOURCES)}`, compileAll, 'netlist.dll')
}

/** @param {string} folder all files in it */
function hashOf(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const hash = createHash('sha256').update(FLAGS.join(' '))
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort())
    hash.update(path.slice(folder.length)).update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}

/** @param {string} folder */
async function compileAll(folder) {
  const objects = join(folder, 'objects')
  mkdirSync(objects)
  // Windows' headers take most of the time: they are read once, by the world's header, which every file begins with.
  copyFileSync(join(SOURCES, 'world/world.h'), join(objects, 'world.h'))
  await compile(['-x', 'c-header', join(objects, 'world.h'), '-o', join(objects, 'world.h.gch')], folder)
  for (const library of libraries) await compileLibrary(library, folder, objects)
  rmSync(objects, { recursive: true })
}

/** @param {typeof libraries[number]} library @param {string} folder @param {string} objects */
async function compileLibrary({ folder: name, name: dll, with: others }, folder, objects) {
  const own = join(SOURCES, name)
  const sources = readdirSync(own).filter((file) => file.endsWith('.c'))
  const compiled = sources.map((file) => join(objects, `${name}-${file}.o`))
  const left = sources.map((file, place) => ['-c', join(own, file), '-o', compiled[place] ?? ''])
  const includes = [`-I${objects}`, `-I${join(SOURCES, 'world')}`, '-include', 'world.h']
  const worker = async () => {
    for (let job = left.shift(); job !== undefined; job = left.shift())
      await compile([...includes, ...job], objects)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await compile(
    [
      '-shared',
      '-static-libgcc',
      '-s',
      ...compiled,
      join(own, `${dll}.def`),
      `-Wl,--out-implib,${join(objects, `lib${dll}.a`)}`,
      `-L${objects}`,
      ...others.map((other) => `-l${other}`),
      '-o',
      join(folder, `${dll}.dll`),
    ],
    objects,
  )
}

/** @param {string[]} args @param {string} cwd */
export async function compile(args, cwd) {
  try {
    await run(COMPILER, [...FLAGS, ...args], { cwd })
  } catch (error) {
    throw new Error(`lab: ${COMPILER}: ${/** @type {{ stderr?: string }} */ (error).stderr ?? error}`)
  }
}
