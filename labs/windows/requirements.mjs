// What a machine must have for the lab, told in words that say what to do about it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { namespaceFlags, PATH } from '../linux/requirements.mjs'

export { namespaceFlags, PATH }

export const WINE = '/usr/lib/wine/wine64'
export const WINESERVER = '/usr/lib/wine/wineserver'
/** Wine's own DLLs, which a prefix would hold copies of. */
export const WINE_DLLS = '/usr/lib/x86_64-linux-gnu/wine/x86_64-windows'
export const COMPILER = 'x86_64-w64-mingw32-gcc'

const programs = {
  [WINE]: 'wine64',
  [WINESERVER]: 'wine64',
  [COMPILER]: 'gcc-mingw-w64-x86-64-win32',
  ip: 'iproute2',
  unshare: 'util-linux',
  mount: 'mount',
  bash: 'bash',
  cp: 'coreutils',
}

/** @param {string} program a path, or a name to be found in the PATH */
function isThere(program) {
  if (program.startsWith('/')) return existsSync(program)
  return PATH.split(':').some((folder) => existsSync(`${folder}/${program}`))
}

/** Debian packages that are missing here, each once. */
export function missingPackages() {
  const missing = Object.entries(programs).flatMap(([program, name]) => (isThere(program) ? [] : [name]))
  return [...new Set(missing)]
}

/** Why no lab can run here, or null. */
export function obstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `needs Linux on x64, this is ${process.platform} on ${process.arch}`
  const missing = missingPackages()
  if (missing.length > 0)
    return `not installed: apt-get install --no-install-recommends ${missing.join(' ')} (as root: npm run setup)`
  const probe = spawnSync('unshare', [...namespaceFlags(), 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], {
    env: { ...process.env, PATH },
    encoding: 'utf8',
  })
  if (probe.status === 0) return null
  const remedy = process.getuid?.() === 0 ? 'allow CAP_SYS_ADMIN' : 'allow user namespaces, or run as root'
  return `namespaces are not available (${probe.stderr.trim()}): ${remedy}`
}
