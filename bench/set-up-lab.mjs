// What the benchmarks in the labs compare with, beyond what `npm run setup` installs: Qt 5.15 with its bearer plugins, and node-wifi.
// As root on Debian it is installed; elsewhere what is missing is named, and those contestants are left out with that reason.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installDebianPackages } from '../scripts/debian-packages.mjs'
import { npm, root, runCommand } from '../scripts/run-command.mjs'

/** Debian's own: the one that finds Debian's PyQt. */
export const PYTHON = '/usr/bin/python3'
/** Its QtNetwork brings the bearer plugins for NetworkManager and for everything else. */
const QT = 'python3-pyqt5'

/** Nobody who develops Roamkit needs it, so it is no dependency of the repository. */
const NODE_WIFI = 'node-wifi@2.0.16'
const ELSEWHERE = join(root, 'node_modules/.cache/roamkit-bench')

/** Why Qt's bearer management cannot run here, or null. */
export function qtObstacle() {
  const run = spawnSync(PYTHON, ['-c', 'from PyQt5.QtNetwork import QNetworkSession'], { encoding: 'utf8' })
  return run.status === 0 ? null : `not installed: apt-get install --no-install-recommends ${QT}`
}

/** The module node-wifi, or null if it is not installed. */
export function loadNodeWifi() {
  if (!existsSync(join(ELSEWHERE, 'node_modules/node-wifi'))) return null
  return createRequire(join(ELSEWHERE, 'node_modules/'))('node-wifi')
}

/** Installs what can be installed here. Call it outside of the labs, which have no Internet. */
export async function setUpLab() {
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (qtObstacle() !== null && mayInstall) await installDebianPackages([QT])
  if (loadNodeWifi() !== null) return
  const where = ['--prefix', ELSEWHERE, '--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
  const { ok, output } = await npm(['install', ...where, NODE_WIFI])
  if (!ok) console.log(`${NODE_WIFI} could not be installed:\n${output}`)
}

/** Runs this program again, with its arguments, in a fresh Linux lab that has what can be installed here. */
export async function runInLinuxLab() {
  await setUpLab()
  const { ok } = await runCommand(`${root}labs/linux/run`, process.argv, { show: true })
  if (!ok) process.exitCode = 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setUpLab()
  console.log(`Qt: ${qtObstacle() ?? 'can run'}; node-wifi: ${loadNodeWifi() ? 'can run' : 'not installed'}`)
}
