// What a machine must have for the tests in a browser.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const PROGRAMS = ['chromium', 'google-chrome', 'chromium-browser']

/** The path of Chromium or of Chrome, or null. */
export function browserProgram() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name)))
  return paths.find((path) => existsSync(path)) ?? null
}

/** Debian packages that are missing here. @returns {string[]} */
export const missingPackages = () => (browserProgram() === null ? ['chromium'] : [])

/** Why no browser can run here, or null. */
export function obstacle() {
  if (browserProgram() !== null) return null
  return 'not installed: apt-get install --no-install-recommends chromium (as root: npm run setup)'
}
