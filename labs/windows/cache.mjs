// What the lab makes or fetches once: in node_modules, which git does not see and `npm ci` throws away.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))
const CACHE = join(root, 'node_modules/.cache/roamkit-windows')

/**
 * The folder of that name; made when it is not there, or broken. It is there as a whole or not at all, also when two make it at once.
 *
 * @param {string} name @param {(folder: string) => void | Promise<void>} make
 * @param {string} [proof] a file in it, without which it is broken
 */
export async function cached(name, make, proof = '') {
  const folder = join(CACHE, name)
  if (existsSync(join(folder, proof))) return folder
  rmSync(folder, { recursive: true, force: true })
  const next = `${folder}.${process.pid}-${Math.random().toString(36).slice(2)}`
  mkdirSync(next, { recursive: true })
  try {
    await make(next)
    if (!existsSync(folder)) renameSync(next, folder)
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
  return folder
}
