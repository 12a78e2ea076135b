import { isBuiltin } from 'node:module'

/** Names that npm and every file system allow; npm allows a few characters more. */
const ALLOWED = /^[a-z0-9][a-z0-9._-]*$/
const LONGEST = 214
const RESERVED = ['node_modules', 'favicon.ico']
/** Names of devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/

/**
 * Why a package cannot have this name, as the end of a sentence. `null` if it can.
 *
 * @param dependencies the names of the packages that it will depend on: npm refuses to install a package into one of its own name
 */
export function packageNameFault(name: string, dependencies: readonly string[]): string | null {
  if (!ALLOWED.test(name))
    return 'a name begins with a lower-case letter or a digit, and contains only these and "-", "." and "_"'
  if (name.length > LONGEST) return `a name has at most ${LONGEST} characters`
  if (RESERVED.includes(name)) return 'npm reserves it'
  if (DEVICE.test(name)) return 'Windows has a device of that name'
  if (name.endsWith('.')) return 'Windows drops the "." at the end of a name'
  if (isBuiltin(name)) return 'it is the name of a module of Node'
  if (dependencies.includes(name)) return 'the backend depends on a package of that name'
  return null
}
