import { parseArgs } from 'node:util'
import { createBackend } from './create-backend.js'
import { escapeText } from './escape.js'
import { ownVersion } from './template.js'

const HELP = `Usage: npm create roamkit-backend <folder>
       npx create-roamkit-backend <folder>

Creates a backend for Roamkit in a new or empty folder, and names it after the folder.
The backend has tests, the conformance tests of Roamkit among them.

Options:
  -h, --help     print this text
  -v, --version  print the version of create-roamkit-backend

With npm create, put -- before options.`

/** Arguments that make no sense. */
class UsageError extends Error {}

function main(words: readonly string[]): void {
  const { values, positionals } = parse(words)
  if (values.help) return console.log(HELP)
  if (values.version) return console.log(ownVersion())
  const [folder, ...others] = positionals
  if (!folder) throw new UsageError('the name of the new folder is missing')
  if (others.length > 0) throw new UsageError(`there is more than one folder: "${positionals.join('", "')}"`)
  createBackend(folder)
  console.log(
    `Created a backend in ${escapeText(folder)}. Next, in that folder:\n\n  npm install\n  npm test`,
  )
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
    })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

try {
  main(process.argv.slice(2))
} catch (error) {
  console.error(
    `create-roamkit-backend: ${escapeText(error instanceof Error ? error.message : String(error))}`,
  )
  if (error instanceof UsageError)
    console.error('create-roamkit-backend: see npx create-roamkit-backend --help')
  process.exitCode = error instanceof UsageError ? 2 : 1
}
