import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { type Example, STAGES } from './example.js'
import type { Page } from './page.js'
import { root } from './pages.js'

/** Where the modules of the blocks are, as the compiler sees it: nothing is written there. */
const FOLDER = join(root, 'tests/docs/blocks')

const BASE: ts.CompilerOptions = {
  ...ts.convertCompilerOptionsFromJson(
    ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => readFileSync(path, 'utf8')).config
      .compilerOptions,
    root,
  ).options,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  types: ['node'],
  composite: false,
  emitDeclarationOnly: false,
  declaration: false,
  declarationMap: false,
  sourceMap: false,
  inlineSources: false,
  noEmit: true,
  allowJs: true,
  checkJs: true,
  jsx: ts.JsxEmit.ReactJSX,
  // A block shows what one gets; not every name in it has a use yet.
  noUnusedLocals: false,
  noUnusedParameters: false,
}

/** In plain JavaScript only what is not there is wrong: modules, their exports, names, members, and what does not parse. */
const PLAIN: ts.CompilerOptions = { ...BASE, strict: false, exactOptionalPropertyTypes: false }
const NOT_THERE = new Set([2304, 2305, 2307, 2339, 2551, 2552, 2554, 2724])
const isTold = ({ code, file }: ts.Diagnostic) =>
  file?.fileName.endsWith('.js') !== true || code < 2000 || NOT_THERE.has(code)

/** A page, and its code. */
export interface Lesson {
  readonly page: Page
  readonly examples: readonly Example[]
}

/** What the compiler has to say about the examples of pages, each with its line on the page. All at once: most of its time goes to libraries. */
export function typeErrors(lessons: readonly Lesson[]): string[] {
  const files = new Map(lessons.flatMap(filesOf))
  const roots = (isTyped: boolean) =>
    [...files].filter(([, { kind }]) => (kind === 'js') !== isTyped).map(([path]) => path)
  return [...check(roots(true), files, BASE), ...check(roots(false), files, PLAIN)]
}

interface VirtualFile {
  readonly text: string
  readonly kind: Example['kind']
  readonly stage: string | null
  /** What to take from a line in the file to get one on the page. */
  readonly shift: number
  readonly page: string
}

function filesOf({ page, examples }: Lesson): [path: string, file: VirtualFile][] {
  const folder = join(FOLDER, page.path.replaceAll('/', '-'))
  return examples.map(({ block, source, kind, stage, offset }) => [
    join(folder, block.file ?? `block-${block.line}.${kind}`),
    {
      text: block.file === null ? source : block.text,
      kind,
      stage,
      shift: block.line - offset,
      page: page.path,
    },
  ])
}

const libraries = new Map<string, ts.SourceFile | undefined>()

function check(
  roots: readonly string[],
  files: ReadonlyMap<string, VirtualFile>,
  options: ts.CompilerOptions,
): string[] {
  if (roots.length === 0) return []
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path)?.text ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...more) => {
    if (files.has(path)) return getSourceFile(path, languageVersion, ...more)
    if (!libraries.has(path)) libraries.set(path, getSourceFile(path, languageVersion, ...more))
    return libraries.get(path)
  }
  host.directoryExists = () => true
  host.resolveModuleNameLiterals = (literals, from, redirected, _, sourceFile) =>
    literals.map((literal) => {
      const stage = files.get(from)?.stage
      if (literal.text === '#stage' && stage)
        return {
          resolvedModule: { resolvedFileName: join(STAGES, `${stage}.ts`), extension: ts.Extension.Ts },
        }
      const mode = ts.getModeForUsageLocation(sourceFile, literal, options)
      const beside = join(dirname(from), literal.text)
      if (files.has(beside))
        return { resolvedModule: { resolvedFileName: beside, extension: ts.Extension.Js } }
      return ts.resolveModuleName(literal.text, from, options, host, cache, redirected, mode)
    })
  const cache = ts.createModuleResolutionCache(root, (name) => name, options)
  const program = ts.createProgram([...roots], options, host)
  return ts
    .getPreEmitDiagnostics(program)
    .filter(isTold)
    .map((diagnostic) => sentence(diagnostic, files))
}

function sentence(
  { file, start = 0, messageText }: ts.Diagnostic,
  files: ReadonlyMap<string, VirtualFile>,
): string {
  const message = ts.flattenDiagnosticMessageText(messageText, '\n')
  if (file === undefined) return message
  const { line } = file.getLineAndCharacterOfPosition(start)
  const virtual = files.get(file.fileName)
  return virtual === undefined
    ? `${file.fileName}:${line + 1}: ${message}`
    : `${virtual.page}:${line + virtual.shift}: ${message}`
}
