import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { packageNameFault } from './package-name.js'
import { templateDependencies, templateFiles } from './template.js'

/**
 * Creates a backend in a folder that does not exist or is empty, and names it after the folder.
 *
 * @throws Error if the folder is not empty, if no package can have its name, or with the system's reason. Overwrites no file.
 */
export function createBackend(folder: string): void {
  const place = resolve(folder)
  const name = basename(place)
  const fault = packageNameFault(name, templateDependencies())
  if (fault !== null) throw new Error(`no package can have the name "${name}": ${fault}`)
  if (!isFree(place)) throw new Error(`"${folder}" is not empty`)
  for (const [path, text] of templateFiles(name)) {
    const file = join(place, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { flag: 'wx' })
  }
}

/** Whether there is no such folder, or an empty one. */
function isFree(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}
