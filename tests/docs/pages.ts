import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Page, readPage } from './page.js'

/** The repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Folders whose members have READMEs of their own. */
const GROUPS = ['packages', 'examples', 'labs']

/** Every page that a reader may land on. */
export function allPages(): Page[] {
  return pagePaths().map((path) => readPage(root, path))
}

function pagePaths(): string[] {
  const members = GROUPS.flatMap((group) => list(group).map((name) => `${group}/${name}/README.md`))
  const guides = ['docs', 'docs/adr', 'docs/recipes', '.changeset'].flatMap((folder) =>
    list(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  )
  const template = 'packages/create-roamkit-backend/template/README.md'
  const top = list('.').filter((name) => name.endsWith('.md'))
  return [...top, ...guides, ...members.filter((path) => existsSync(join(root, path))), template]
}

function list(folder: string): string[] {
  const path = join(root, folder)
  return existsSync(path) ? readdirSync(path).sort() : []
}
