// What the lab downloads or builds once, outside of the checkout: all checkouts of a user share it.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'roamkit', 'wifi')

/** Where that entry is, or would be. @param {string} name */
export const placeOf = (name) => join(CACHE, name)

/**
 * The folder of that name, made if it is not there. It is there as a whole or not at all, even if two processes make it at once.
 *
 * @param {string} name
 * @param {(folder: string) => Promise<void>} make fills an empty folder
 */
export async function cached(name, make) {
  const folder = placeOf(name)
  if (existsSync(folder)) return folder
  const next = `${folder}.${process.pid}`
  rmSync(next, { recursive: true, force: true })
  mkdirSync(next, { recursive: true })
  try {
    await make(next)
    if (!existsSync(folder)) renameSync(next, folder)
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
  return folder
}
