// Installs the labs' packages on Debian, as root, such that nothing of them runs on this machine: only the lab starts them.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runCommand } from './run-command.mjs'

const POLICY = '/usr/sbin/policy-rc.d'
const SAVED = `${POLICY}.before-roamkit`
const OURS =
  '#!/bin/sh\n# Roamkit, scripts/debian-packages.mjs: no service starts while packages are installed.\nexit 101\n'
const SERVICES = ['NetworkManager', 'NetworkManager-dispatcher', 'NetworkManager-wait-online'].map(
  (name) => `${name}.service`,
)

const DEBIAN = 'http://deb.debian.org/debian'
const DEBIAN_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** How long to wait for another apt, in seconds. */
const LOCK_WAIT = 120

/** @param {string[]} packages */
export async function installDebianPackages(packages) {
  console.log(`setup: apt-get install ${packages.join(' ')}`)
  const stayForTheEnd = () => {} // apt gets a terminal's signal itself; we put the policy back after it
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, stayForTheEnd)
  forbidServices()
  try {
    await install(packages)
    await disableServices(packages)
  } finally {
    allowServices()
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.off(signal, stayForTheEnd)
  }
}

/**
 * Unpacks packages into a folder, for programs that would change this machine if they were installed. Nothing of them runs, and it needs no root.
 *
 * @param {readonly string[]} packages
 * @param {string} folder
 */
export async function unpackDebianPackages(packages, folder) {
  console.log(`setup: apt-get download ${packages.join(' ')}, into ${folder}`)
  const downloads = mkdtempSync(join(tmpdir(), 'roamkit-debian-'))
  const unpacked = `${folder}.next-${process.pid}`
  try {
    const download = await runCommand('apt-get', ['--quiet', 'download', ...packages], { cwd: downloads })
    const files = readdirSync(downloads)
    mkdirSync(dirname(folder), { recursive: true })
    let { ok, output } = download
    for (const file of ok ? files : []) {
      const one = await runCommand('dpkg-deb', ['--extract', join(downloads, file), unpacked])
      ok &&= one.ok
      output += one.output
    }
    if (!ok) return console.log(`setup: this failed, the tests that need it will be skipped:\n${output}`)
    rmSync(folder, { recursive: true, force: true })
    renameSync(unpacked, folder)
  } finally {
    rmSync(downloads, { recursive: true })
    rmSync(unpacked, { recursive: true, force: true })
  }
}

/**
 * Unpacks packages of another release of Debian into a folder, with everything that they need, down to the C library. It needs no root, and the
 * machine's own lists of packages stay as they are.
 *
 * @param {string} release
 * @param {readonly string[]} packages
 * @param {string} folder
 */
export async function unpackFromRelease(release, packages, folder) {
  console.log(`setup: apt-get download ${packages.join(' ')} of Debian ${release}, into ${folder}`)
  const apt = mkdtempSync(join(tmpdir(), 'roamkit-apt-'))
  const unpacked = `${folder}.next-${process.pid}`
  try {
    const ask = aptOf(release, apt)
    const downloads = join(apt, 'downloads')
    mkdirSync(downloads)
    await ask('update')
    const plan = await ask('install', '--simulate', '--no-install-recommends', ...packages)
    const names = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name)
    await ask('download', ...names)
    for (const file of readdirSync(downloads))
      await must('dpkg-deb', ['--extract', join(downloads, file), unpacked])
    mkdirSync(dirname(folder), { recursive: true })
    rmSync(folder, { recursive: true, force: true })
    renameSync(unpacked, folder)
  } catch (error) {
    console.log(`setup: this failed, the tests that need it will be skipped:\n${error}`)
  } finally {
    rmSync(apt, { recursive: true })
    rmSync(unpacked, { recursive: true, force: true })
  }
}

/** An apt-get that knows only that release, and keeps everything in a folder. @param {string} release @param {string} folder */
function aptOf(release, folder) {
  const list = join(folder, 'sources.list')
  writeFileSync(list, `deb [signed-by=${DEBIAN_KEYS}] ${DEBIAN} ${release} main\n`)
  writeFileSync(join(folder, 'status'), '')
  for (const name of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, name), { recursive: true })
  const options = [
    `Dir::State=${folder}`,
    `Dir::State::lists=${folder}/lists`,
    `Dir::State::status=${folder}/status`,
    `Dir::Cache=${folder}/cache`,
    `Dir::Etc::sourcelist=${list}`,
    'Dir::Etc::sourceparts=-',
    'Dir::Etc::preferencesparts=-',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option])
  return (/** @type {string[]} */ ...args) =>
    must('apt-get', ['--quiet', ...options, ...args], {
      cwd: join(folder, args[0] === 'download' ? 'downloads' : ''),
    })
}

/** @param {string} file @param {string[]} args @param {{ cwd?: string }} [options] */
async function must(file, args, options) {
  const { ok, output } = await runCommand(file, args, options)
  if (!ok) throw new Error(`${file} ${args.join(' ')} failed:\n${output}`)
  return output
}

/** `apt-get update`, as root. */
export const updatePackageLists = () => aptGet(['update'])

/** @param {string[]} packages */
async function install(packages) {
  const wanted = ['install', '--yes', '--no-install-recommends', ...packages]
  const first = await aptGet(wanted)
  if (first.ok) return
  const update = await updatePackageLists() // missing or old package lists
  const second = update.ok ? await aptGet(wanted) : update
  if (!second.ok)
    console.log(`setup: apt-get failed, the labs that need it will be skipped:\n${second.output}`)
}

/** @param {string[]} args */
function aptGet(args) {
  const options = [`DPkg::Lock::Timeout=${LOCK_WAIT}`, 'Dpkg::Use-Pty=0', 'Dpkg::Options::=--force-confold']
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  return runCommand('apt-get', ['--quiet', ...options.flatMap((option) => ['-o', option]), ...args], { env })
}

/** A NetworkManager that came with us must not take over the machine's network at its next start. @param {string[]} packages */
async function disableServices(packages) {
  if (!packages.includes('network-manager') || !existsSync('/usr/bin/systemctl')) return
  const { ok, output } = await runCommand('systemctl', ['disable', ...SERVICES])
  if (!ok) console.log(`setup: systemctl disable ${SERVICES.join(' ')}:\n${output}`)
}

function forbidServices() {
  const leftOver = existsSync(POLICY) && readFileSync(POLICY, 'utf8') === OURS // of a run that was killed
  if (existsSync(POLICY) && !leftOver) renameSync(POLICY, SAVED)
  writeFileSync(POLICY, OURS, { mode: 0o755 })
}

function allowServices() {
  rmSync(POLICY, { force: true })
  if (existsSync(SAVED)) renameSync(SAVED, POLICY)
}
