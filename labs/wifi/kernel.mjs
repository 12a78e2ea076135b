// The two kernels: user-mode Linux, which is built here once, and Debian's own one for an emulator.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installDebianPackages } from '../../scripts/debian-packages.mjs'
import { CACHE, cached, placeOf } from './cache.mjs'
import { candidate, must, unpack, unpackWithDependencies } from './packages.mjs'
import { KERNEL_SOURCE, KERNEL_TOOLS, missingCompiler, PATH } from './requirements.mjs'

/** @typedef {'userMode' | 'stock'} KernelKind */

const CONFIG = fileURLToPath(new URL('kernel.config', import.meta.url))
/** Without it, the kernel does not run on processors with AMX. */
const PATCH = fileURLToPath(new URL('kernel.patch', import.meta.url))
const CLI = fileURLToPath(new URL('cli.mjs', import.meta.url))

/** The cache's name for the kernel of this configuration, built from this version of the sources with this patch. */
async function kernelName() {
  const { version } = await candidate(KERNEL_SOURCE)
  const hash = createHash('sha256').update(version)
  for (const file of [CONFIG, PATCH]) hash.update(readFileSync(file))
  return `kernel-${hash.digest('hex').slice(0, 16)}`
}

/** The user-mode kernel, if it has been built; otherwise `null`. */
async function builtKernel() {
  const program = join(placeOf(await kernelName()), 'linux')
  return existsSync(program) ? program : null
}

/**
 * Which kernel to run, and why: `ROAMKIT_WIFI_KERNEL` decides, if it is set.
 *
 * @param {{ mayBuild: boolean }} options whether there is time to build one
 * @returns {Promise<{ kind: KernelKind, because: string }>}
 */
export async function chooseKernel({ mayBuild }) {
  const wish = process.env.ROAMKIT_WIFI_KERNEL
  if (wish === 'userMode' || wish === 'stock') return { kind: wish, because: 'ROAMKIT_WIFI_KERNEL says so' }
  if (wish) throw new Error('ROAMKIT_WIFI_KERNEL is userMode or stock')
  if ((await builtKernel()) !== null) return { kind: 'userMode', because: 'it is in the cache' }
  const remedy = '`labs/wifi/lab kernel` builds the user-mode kernel, once'
  if (!mayBuild || process.env.CI)
    return { kind: 'stock', because: `no other one is in the cache; ${remedy}` }
  const missing = missingCompiler()
  if (missing.length > 0 && process.getuid?.() !== 0)
    return {
      kind: 'stock',
      because: `a build needs apt-get install --no-install-recommends ${missing.join(' ')} (as root)`,
    }
  return { kind: 'userMode', because: 'there is time to build it, once' }
}

/** The user-mode kernel; builds it if it has not been built, which takes 4 to 7 minutes on two cores. */
export async function userModeKernel() {
  const folder = await cached(await kernelName(), build)
  return join(folder, 'linux')
}

/** Begins to build it, unless it is built or being built, and does not wait. Returns where the build says what it does, or `null`. */
export async function buildInBackground() {
  if ((await builtKernel()) !== null) return null
  const path = join(CACHE, 'kernel.log')
  if (isBeingBuilt(await kernelName())) return path
  mkdirSync(CACHE, { recursive: true })
  const log = openSync(path, 'w')
  spawn(process.execPath, [CLI, 'kernel'], { detached: true, stdio: ['ignore', log, log] }).unref()
  closeSync(log)
  return path
}

/** A build works in a folder that is named after its process. @param {string} name */
function isBeingBuilt(name) {
  const builders = existsSync(CACHE) ? readdirSync(CACHE).filter((one) => one.startsWith(`${name}.`)) : []
  return builders.some((one) => existsSync(`/proc/${one.slice(name.length + 1)}`))
}

/** @param {string} folder */
async function build(folder) {
  const compiler = missingCompiler()
  if (compiler.length > 0 && process.getuid?.() === 0) await installDebianPackages(compiler)
  const still = missingCompiler()
  if (still.length > 0)
    throw new Error(`not installed: apt-get install --no-install-recommends ${still.join(' ')} (as root)`)

  const began = performance.now()
  const tools = await unpackWithDependencies('kernel-tools', KERNEL_TOOLS)
  const sources = await unpack('kernel-source', [await candidate(KERNEL_SOURCE)])
  console.log('wifi lab: building the user-mode kernel')
  const tree = join(folder, 'tree')
  const output = join(folder, 'output')
  mkdirSync(tree)
  const env = toolsEnvironment(tools)
  const archive = join(sources, `usr/src/${KERNEL_SOURCE}.tar.xz`)
  await must('nice', ['tar', '-C', tree, '--strip-components=1', '-xf', archive], { env })
  await must('patch', ['--directory', tree, '-p1', '--input', PATCH], { env })
  const make = ['make', '-s', '-C', tree, 'ARCH=um', `O=${output}`]
  await must('nice', [...make, `KCONFIG_ALLCONFIG=${CONFIG}`, 'allnoconfig'], { env })
  await must('nice', [...make, `-j${availableParallelism()}`, 'linux'], { env })
  await must('strip', ['-o', join(folder, 'linux.next'), join(output, 'linux')], { env })
  rmSync(tree, { recursive: true })
  rmSync(output, { recursive: true })
  rmSync(sources, { recursive: true, force: true }) // 130 MB that nothing reads again
  renameSync(join(folder, 'linux.next'), join(folder, 'linux'))
  console.log(`wifi lab: the kernel is built, in ${Math.round((performance.now() - began) / 1000)} s`)
}

/** Programs that were unpacked, not installed, find their parts by these. @param {string} tools */
function toolsEnvironment(tools) {
  const usr = join(tools, 'usr')
  return {
    PATH: `${usr}/bin:${PATH}`,
    LD_LIBRARY_PATH: `${usr}/lib/x86_64-linux-gnu`,
    ...(existsSync(`${usr}/bin/bison`) && { BISON_PKGDATADIR: `${usr}/share/bison` }),
    ...(existsSync(`${usr}/bin/m4`) && { M4: `${usr}/bin/m4` }),
  }
}
