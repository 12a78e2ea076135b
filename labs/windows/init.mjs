// The first work inside a lab's new namespaces: build the lab, then run a command in it. When this ends the kernel ends all the rest.
// File descriptor 3 is the line to the process that started the lab (namespaces.mjs): a signal's name, or the end of it.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { root } from './cache.mjs'
import { countChanges } from './changes.mjs'
import { createNetwork } from './network.mjs'
import { listenOutside } from './outside.mjs'
import { makePrefix, wineEnvironment } from './prefix.mjs'
import { PATH, WINE } from './requirements.mjs'

/** @typedef {{ node: string, koffi: string, libraries: string, limit: number }} Options paths; seconds */

/** On a tmpfs of the lab's own mount namespace. */
const FOLDER = '/run/roamkit-lab'
const PREFIX = `${FOLDER}/prefix`
const CHANGES = `${FOLDER}/changes`

/** How long a command may take to end after a signal, before the lab ends around it. */
const GRACE = 2_000

/**
 * Wine reads and writes only files and terminals: what a program says is shown when it has ended. And it knows no symbolic links,
 * so Node need not look for them: a fifth of what it does to begin.
 */
const WINE_NODE = (/** @type {string} */ node) => `#!/bin/sh
unset NODE_EXTRA_CA_CERTS NODE_OPTIONS
export NODE_PRESERVE_SYMLINKS=1 NODE_PRESERVE_SYMLINKS_MAIN=1
io=$(mktemp -d ${FOLDER}/io.XXXXXX)
'${WINE}' '${node}' "$@" </dev/null >"$io/out" 2>"$io/err"
code=$?
cat "$io/out"
cat "$io/err" >&2
rm -r "$io"
exit $code
`

/** @param {Options} options */
function mountOver({ koffi }) {
  const mount = (/** @type {string[]} */ ...args) =>
    execFileSync('mount', args, { env: { ...process.env, PATH } })
  mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run')
  mount('-t', 'sysfs', '-o', 'ro', 'sysfs', '/sys') // where Wine looks for a link's state: this network's
  for (const path of [FOLDER, `${FOLDER}/bin`, '/run/netns']) mkdirSync(path)
  // Where koffi looks for its binary: npm installs none for another platform.
  const scope = join(root, 'node_modules/@koromix')
  mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', scope)
  mkdirSync(join(scope, 'koffi-win32-x64'))
  mount('--bind', koffi, join(scope, 'koffi-win32-x64'))
}

/** @param {Options} options @returns {Promise<NodeJS.ProcessEnv>} what the command gets */
async function build(options) {
  mountOver(options)
  writeFileSync(`${FOLDER}/bin/wine-node`, WINE_NODE(options.node), { mode: 0o755 })
  const changed = countChanges(CHANGES)
  const [outside] = await Promise.all([
    createNetwork().then(() => listenOutside(changed)),
    makePrefix(PREFIX, FOLDER),
  ])
  return {
    ...process.env,
    ...wineEnvironment(PREFIX, FOLDER),
    PATH: `${FOLDER}/bin:${PATH}`,
    ROAMKIT_LAB_OUTSIDE: outside,
    ROAMKIT_LAB_DLLS: windowsPath(options.libraries),
    ROAMKIT_LAB_CHANGES: windowsPath(CHANGES),
  }
}

/** @param {string} path */
const windowsPath = (path) => `Z:${path.replaceAll('/', '\\')}`

/** @param {string[]} command @param {NodeJS.ProcessEnv} env @param {number} limit @returns {Promise<number>} its exit code */
function runCommand([file = '', ...args], env, limit) {
  const child = spawn(file, args, { stdio: 'inherit', env })
  const line = new Socket({ fd: 3 })
  line.on('error', () => process.exit(128 + constants.signals.SIGHUP))
  line.on('end', () => process.exit(128 + constants.signals.SIGHUP))
  line.on('data', (signal) => {
    child.kill(/** @type {NodeJS.Signals} */ (String(signal)))
    setTimeout(() => process.exit(128 + constants.signals.SIGKILL), GRACE).unref()
  })
  const late = () => {
    showWhatWasSaid()
    process.stderr.write(`lab: not within ${limit} s: ${file} ${args.join(' ')}\n`)
    process.exit(124)
  }
  setTimeout(late, limit * 1000).unref()
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGQUIT'])) process.on(signal, () => {}) // a terminal's: the command's affair
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`lab: ${error.message}\n`)
      resolve(127)
    })
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

/** What programs of Wine that still run have said. */
function showWhatWasSaid() {
  for (const folder of readdirSync(FOLDER).filter((name) => name.startsWith('io.'))) {
    process.stdout.write(readFileSync(join(FOLDER, folder, 'out')))
    process.stderr.write(readFileSync(join(FOLDER, folder, 'err')))
  }
}

const [given = '{}', ...command] = process.argv.slice(2)
/** @type {Options} */
const options = JSON.parse(given)
try {
  process.exit(await runCommand(command, await build(options), options.limit))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(125)
}
