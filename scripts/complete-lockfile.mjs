// Completes package-lock.json with the packages of other platforms. A registry that mirrors only one platform's answers npm without a
// version for the others, npm leaves them out (npm/cli#9342), and `npm ci` then refuses the lockfile. Run it after `npm install`;
// with --check it only says what is missing. The entries lack an integrity hash: npm adds it where the package can be had.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run-command.mjs'

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} Entry */
/** @typedef {Record<string, Entry>} Packages */

const SYSTEMS = {
  darwin: 'darwin',
  win32: 'win32',
  windows: 'win32',
  linux: 'linux',
  android: 'android',
  freebsd: 'freebsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
}
const PROCESSORS = {
  x64: 'x64',
  64: 'x64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: 'ia32',
  loong64: 'loong64',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
}
const LIBRARIES = { gnu: 'glibc', musl: 'musl' }

/** @param {Packages} packages @returns {Packages} */
function missingPlatformPackages(packages) {
  const missing = Object.entries(packages).flatMap(([path, { dev, optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isFound(packages, path, name))
      .map(
        ([name, version]) =>
          /** @type {const} */ ([
            `node_modules/${name}`,
            { ...platformOf(name), version, ...(dev && { dev }), optional: true },
          ]),
      ),
  )
  return Object.fromEntries(missing)
}

/** As Node looks for a package: in each node_modules on the way up. @param {Packages} packages @param {string} from @param {string} name */
function isFound(packages, from, name) {
  const steps = from.split('/node_modules/')
  return (
    [...steps.keys()].some((up) => {
      const place = steps.slice(0, steps.length - up).join('/node_modules/')
      return `${place}/node_modules/${name}` in packages
    }) || `node_modules/${name}` in packages
  )
}

/** These packages tell their platform in their name: @oxc-parser/binding-linux-arm64-musl. @param {string} name */
function platformOf(name) {
  const words = name.split(/[/-]/)
  const pick = (/** @type {Record<string, string>} */ known) =>
    words.flatMap((word) => known[word] ?? []).slice(0, 1)
  const [os, cpu, libc] = [pick(SYSTEMS), pick(PROCESSORS), pick(LIBRARIES)]
  if (os.length === 0 || cpu.length === 0)
    throw new Error(`no platform in the name of the missing package ${name}`)
  return { os, cpu, ...(os[0] === 'linux' && libc.length > 0 && { libc }) }
}

const file = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))
const missing = missingPlatformPackages(lock.packages)
const names = Object.keys(missing)
if (names.length === 0) {
  console.log('package-lock.json has the packages of all platforms')
} else if (process.argv.includes('--check')) {
  console.error(
    `package-lock.json lacks packages of other platforms: node scripts/complete-lockfile.mjs\n${names.join('\n')}`,
  )
  process.exitCode = 1
} else {
  const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, 'en'))
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
  console.log(`added to package-lock.json:\n${names.join('\n')}`)
}
