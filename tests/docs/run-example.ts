import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { type Example, STAGES } from './example.js'
import type { Page } from './page.js'
import { root } from './pages.js'

/** Below `node_modules`, so that packages are found from there, and nobody's editor looks. */
const FOLDER = join(root, 'node_modules/.cache/roamkit/docs')

/** No example takes seconds; one that does keeps its process alive. */
const LONGEST = 20_000

/** What an example printed, and how it ended. */
export interface Ran {
  readonly lines: readonly string[]
  /** What it said on standard error, and how it ended if not well; empty where all went well. */
  readonly trouble: string
}

/** Runs an example as a program of its own, in a folder with the page's files. */
export async function runExample(page: Page, examples: readonly Example[], example: Example): Promise<Ran> {
  const folder = join(FOLDER, `${page.path.replaceAll('/', '-')}-${example.block.line}`)
  rmSync(folder, { recursive: true, force: true })
  write(join(folder, 'package.json'), '{ "type": "module" }')
  for (const name of readdirSync(STAGES)) {
    const stage = readFileSync(join(STAGES, name), 'utf8')
    write(join(folder, 'stages', name.replace(/\.ts$/, '.js')), javascript(stage))
  }
  for (const { block } of examples) if (block.file !== null) write(join(folder, block.file), block.text)
  write(join(folder, 'example.js'), staged(example))
  write(join(folder, 'main.js'), mainOf(example))
  const ran = await node(folder)
  if (ran.trouble === '') rmSync(folder, { recursive: true })
  return ran
}

/** A stage has the last word: an example may end with a session open, and an open manager keeps its process alive. */
function mainOf({ stage }: Example): string {
  if (stage === null) return "await import('./example.js')\n"
  return `await import('./example.js')
const { finish } = await import('./stages/${stage}.js')
await finish()
process.exit()
`
}

/** The example, on its stage: what would look at this machine looks at the stage's. */
function staged({ source, stage }: Example): string {
  return javascript(source)
    .replace(/(from ['"])#stage(['"])/, `$1./stages/${stage}.js$2`)
    .replaceAll(/(from ['"])roamkit(['"])/g, '$1./stages/roamkit.js$2')
}

function javascript(source: string): string {
  return ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  }).outputText
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function node(folder: string): Promise<Ran> {
  const child = spawn(process.execPath, ['main.js'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST,
    // The examples look at no bus of this machine.
    env: { ...process.env, NO_COLOR: '1', DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${folder}/no-bus` },
  })
  let [printed, trouble] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (trouble += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const end = signal !== null ? `it does not end (${signal})` : code === 0 ? '' : `exit code ${code}`
      const lines = printed.split('\n').slice(0, -1)
      resolve({ lines, trouble: [trouble.trim(), end].filter((text) => text !== '').join('\n') })
    })
  })
}
