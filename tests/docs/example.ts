import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import type { Block, Page } from './page.js'
import { root } from './pages.js'

/** A block of code, made a module that stands by itself. */
export interface Example {
  /** `docs/roaming.md:8`: where a reader finds it. */
  readonly title: string
  readonly block: Block
  /** The module. */
  readonly source: string
  /** How many lines it has before the block's first. */
  readonly offset: number
  /** `ts`, `tsx` or `js`: how it is checked. */
  readonly kind: 'ts' | 'tsx' | 'js'
  /** The file of `tests/docs/stages` that gives it what the page does not declare, and sees to what happens. */
  readonly stage: string | null
  /** The test that executes it instead. */
  readonly ranBy: string | null
  /** Why nothing executes it. */
  readonly idle: string | null
}

/** Where stages are. */
export const STAGES = join(root, 'tests/docs/stages')

const KINDS: Readonly<Record<string, Example['kind']>> = { ts: 'ts', tsx: 'tsx', js: 'js', jsx: 'tsx' }

/** The blocks of a page that are code; what a block leaves to its stage is imported from there. */
export function examplesOf(page: Page): Example[] {
  return page.blocks.flatMap((block) => {
    const kind = KINDS[block.language]
    if (kind === undefined) return []
    const stage = block.marks.get('stage') ?? null
    const names = stage === null ? [] : namesFrom(stage, block.text)
    const head = names.length === 0 ? '' : `import { ${names.join(', ')} } from '#stage'\n`
    return {
      title: `${page.path}:${block.line}`,
      block,
      // Without an import or export it would be a script, whose names are everybody's.
      source: `${head}${block.text}export {}\n`,
      offset: head === '' ? 0 : 1,
      kind,
      stage,
      ranBy: block.marks.get('runs in') ?? null,
      idle: block.marks.get('not run') ?? (kind === 'tsx' ? 'a component has no page to be on' : null),
    }
  })
}

/** What a stage offers, a block uses, and the block has not got from elsewhere. */
function namesFrom(stage: string, text: string): string[] {
  const path = join(STAGES, `${stage}.ts`)
  if (!existsSync(path)) return [] // it will not run, and says why
  const offered = [
    ...readFileSync(path, 'utf8').matchAll(/^export (?:const|(?:async )?function) (\w+)/gm),
  ].map(([, name = '']) => name)
  const file = ts.createSourceFile('block.ts', text, ts.ScriptTarget.Latest, true)
  const used = new Set<string>()
  const declared = new Set<string>()
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) (isDeclared(node) ? declared : used).add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return offered.filter((name) => name !== 'finish' && used.has(name) && !declared.has(name))
}

function isDeclared(name: ts.Identifier): boolean {
  const { parent } = name
  const declares =
    ts.isVariableDeclaration(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isBindingElement(parent)
  return declares && parent.name === name && !isInFunction(parent)
}

/** A name of a function within is not one of the module. */
function isInFunction(node: ts.Node): boolean {
  for (let up = node.parent; up !== undefined; up = up.parent) if (ts.isFunctionLike(up)) return true
  return false
}
