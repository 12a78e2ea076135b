// What the benchmarks need besides npm packages: `node bench/set-up.mjs`. As root on Debian it installs that; elsewhere it says what to install.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { installDebianPackages } from '../scripts/debian-packages.mjs'

const SOURCE = fileURLToPath(new URL('sd-bus.c', import.meta.url))
const FOLDER = fileURLToPath(new URL('../node_modules/.cache/roamkit-bench/', import.meta.url))
const PROGRAM = `${FOLDER}sd-bus`

/** By Debian package, a file that it has. */
const NEEDED = { gcc: '/usr/bin/gcc', 'libsystemd-dev': '/usr/include/systemd/sd-bus.h' }

/** The path of the program of sd-bus.c, built if it is not there yet. */
export async function sdBus() {
  const missing = Object.entries(NEEDED).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (missing.length > 0) {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
      throw new Error(
        `the reference in C needs gcc and the headers of libsystemd: install ${missing.join(' and ')}`,
      )
    await installDebianPackages(missing)
  }
  if (!existsSync(PROGRAM) || statSync(PROGRAM).mtimeMs < statSync(SOURCE).mtimeMs) {
    mkdirSync(FOLDER, { recursive: true })
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-o', PROGRAM, SOURCE, '-lsystemd'], { stdio: 'inherit' })
  }
  return PROGRAM
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(`set up: ${await sdBus()}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
