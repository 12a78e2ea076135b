// What a machine must have for the tests in terminals and shells.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs, and the Debian packages that they are in. */
const NEEDED = { script: 'bsdutils', bash: 'bash' }
/** Without one of these, only its own tests are skipped. */
const OPTIONAL = { zsh: 'zsh', fish: 'fish' }

/** @param {string} program */
const isMissing = (program) =>
  !(process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))

/** @param {Readonly<Record<string, string>>} programs */
const missingOf = (programs) =>
  Object.entries(programs).flatMap(([program, name]) => (isMissing(program) ? [name] : []))

/** Debian packages that are missing here. */
export const missingPackages = () => missingOf({ ...NEEDED, ...OPTIONAL })

/** Why no test can run here, or null. */
export function obstacle() {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`
  const missing = missingOf(NEEDED)
  return missing.length === 0 ? null : notInstalled(missing)
}

/** Why that shell cannot be tested here, or null. @param {'bash' | 'zsh' | 'fish'} shell */
export const shellObstacle = (shell) => (isMissing(shell) ? notInstalled([shell]) : null)

/** @param {readonly string[]} packages */
const notInstalled = (packages) =>
  `not installed: apt-get install --no-install-recommends ${packages.join(' ')} (as root: npm run setup)`
