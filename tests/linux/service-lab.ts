import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bus, info, nm, polkit } from '@roamkit/lab-linux'
import { type Block, readPage } from '../docs/page.js'
import { root } from '../docs/pages.js'

const run = promisify(execFile)

/** The lab's own copies of the files of users. */
const USERS = `${info().folder}/users`
/** The folder of the service, as on the pages. This repository is in it. */
export const APPLICATION = '/opt/gateway'
const RULE = '/etc/polkit-1/rules.d/50-gateway.rules'

/** A page of `docs/recipes`, whose blocks are to be tested. */
export interface Recipe {
  /** The text of the block that stands below that path. */
  file(path: string): string
  /** The first block in that language. */
  block(language: string): string
}

export function readRecipe(name: string): Recipe {
  const { path, blocks } = readPage(root, `docs/recipes/${name}.md`)
  const textOf = (what: string, isMeant: (block: Block) => boolean) => {
    const block = blocks.find(isMeant)
    if (block === undefined) throw new Error(`${path} has no ${what}`)
    return block.text
  }
  return {
    file: (wanted) => textOf(wanted, ({ file }) => file === wanted),
    block: (wanted) => textOf(wanted, ({ language }) => language === wanted),
  }
}

/**
 * Until {@link endServices}: makes a user by a command of a page, puts programs into `/opt/gateway`, and runs bus, polkit and NetworkManager with
 * the distribution's own policies.
 *
 * @param command `useradd ...`
 * @param files their texts, by name
 */
export async function beginServices(command: string, files: Readonly<Record<string, string>>): Promise<void> {
  mkdirSync(`${USERS}/etc`, { recursive: true })
  for (const name of ['passwd', 'group', 'shadow', 'gshadow', 'login.defs'])
    cpSync(`/etc/${name}`, `${USERS}/etc/${name}`)
  const [program = '', ...words] = command.trim().split(' ')
  await run(program, ['--prefix', USERS, ...words])
  for (const name of ['passwd', 'group'])
    await run('mount', ['--bind', `${USERS}/etc/${name}`, `/etc/${name}`])

  await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/opt'])
  mkdirSync(`${APPLICATION}/roamkit`, { recursive: true })
  await run('mount', ['--bind', root, `${APPLICATION}/roamkit`])
  symlinkSync('roamkit/node_modules', `${APPLICATION}/node_modules`)
  const all = { 'package.json': '{ "type": "module" }', ...files }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(APPLICATION, name), text)

  await nm.stop()
  await bus.kill()
  await bus.start({ policy: 'stock' })
  await polkit.start()
  await nm.start({ polkit: 'true' })
}

/** Undoes {@link beginServices}. */
export async function endServices(): Promise<void> {
  await nm.stop()
  await polkit.stop()
  await bus.kill()
  await bus.start()
  await nm.start({ polkit: 'false' })
  await run('umount', ['--recursive', '/opt'])
  for (const name of ['passwd', 'group']) await run('umount', [`/etc/${name}`])
  rmSync(USERS, { recursive: true })
}

/** A rule of polkit from now on, or none. polkit and NetworkManager notice it a moment later. */
export function allow(rule: string | null): void {
  rmSync(RULE, { force: true })
  if (rule !== null) writeFileSync(RULE, rule)
}

/** Runs a program as the user of the service; resolves to what it printed. */
export async function asService(program: string, ...words: string[]): Promise<string> {
  const as = ['--reuid=gateway', '--regid=gateway', '--clear-groups']
  return (await run('setpriv', [...as, program, ...words])).stdout
}
