// The API of every published package as a reader sees it, one file in api/ for each entry point, so that a change of the API is
// a change in a review. `npm run lint:api` fails if Git sees a change that is neither committed nor staged. The packages must be built.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import ts from 'typescript'
import { entryPoints, publishedPackages } from './packages.mjs'
import { root } from './run-command.mjs'

const FOLDER = join(root, 'api')

const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  lib: ['es2023', 'esnext.disposable', 'dom'],
  types: ['node'],
  skipLibCheck: true,
}

/** `@roamkit/core/contract` is reported in `core-contract.api.md`. @param {string} specifier */
const fileOf = (specifier) => `${specifier.replace(/^@roamkit\//, '').replaceAll('/', '-')}.api.md`

/**
 * @param {import('./packages.mjs').Package} from
 * @param {{ specifier: string, types: string }} entry
 * @param {ReadonlySet<string>} importable see {@link judge}
 * @param {string} scratch a folder
 * @returns {string} the report
 */
function report({ folder, manifest }, { specifier, types }, importable, scratch) {
  if (!existsSync(types)) throw new Error(`${specifier}: ${types} is not there: npm run build`)
  const file = fileOf(specifier)
  const hidden = { logLevel: ExtractorLogLevel.None }
  // The report's title is the entry point's, and typedoc judges docstrings: extractor's own rules stay out of it.
  const packageJson = {
    ...manifest,
    name: specifier.startsWith('@') ? specifier.replace(/(\/.*)\//, '$1-') : specifier,
  }
  const { errorCount } = Extractor.invoke(
    ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(folder, 'package.json'),
      packageJson,
      configObject: {
        projectFolder: folder,
        mainEntryPointFilePath: types,
        newlineKind: 'lf',
        compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
        apiReport: {
          enabled: true,
          reportFolder: scratch,
          reportTempFolder: join(scratch, 'temporary'),
          reportFileName: file,
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: {
          compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
          extractorMessageReporting: {
            default: hidden,
            'ae-forgotten-export': { logLevel: ExtractorLogLevel.Error },
          },
          tsdocMessageReporting: { default: hidden },
        },
      },
    }),
    { localBuild: true, messageCallback: (message) => judge(message, importable) },
  )
  if (errorCount > 0) process.exitCode = 1
  return readFileSync(join(scratch, file), 'utf8')
}

/**
 * It announces itself and each file; only errors are news. A type that an API mentions must be importable, from this entry point of the
 * package or from another one: the contract stays in `@roamkit/core/contract`.
 *
 * @param {import('@microsoft/api-extractor').ExtractorMessage} message
 * @param {ReadonlySet<string>} importable names that some entry point of the package exports
 */
function judge(message, importable) {
  const forgotten = message.messageId === 'ae-forgotten-export' && /symbol "(\w+)"/.exec(message.text)?.[1]
  if (message.logLevel !== ExtractorLogLevel.Error || (forgotten && importable.has(forgotten)))
    // What is only handled counts as an error all the same.
    message.logLevel = ExtractorLogLevel.None
}

/** What the entry points of a package export. @param {import('./packages.mjs').Package} from @returns {ReadonlySet<string>} */
function exportsOf(from) {
  const files = entryPoints(from).map(({ types }) => types)
  const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }
  const program = ts.createProgram(files, { ...options, types: [], noLib: true, skipLibCheck: true })
  const checker = program.getTypeChecker()
  const symbols = files.flatMap(
    (file) => checker.getSymbolAtLocation(/** @type {ts.Node} */ (program.getSourceFile(file))) ?? [],
  )
  return new Set(symbols.flatMap((symbol) => checker.getExportsOfModule(symbol)).map(({ name }) => name))
}

/** The reports of all packages, by file name. @returns {Map<string, string>} */
function allReports() {
  const scratch = mkdtempSync(join(tmpdir(), 'roamkit-api-'))
  mkdirSync(join(scratch, 'temporary'))
  try {
    return new Map(
      publishedPackages().flatMap((from) => {
        const importable = exportsOf(from)
        return entryPoints(from).map(
          (entry) =>
            /** @type {const} */ ([fileOf(entry.specifier), report(from, entry, importable, scratch)]),
        )
      }),
    )
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const reports = allReports()
mkdirSync(FOLDER, { recursive: true })
for (const name of readdirSync(FOLDER))
  if (name.endsWith('.api.md') && !reports.has(name)) rmSync(join(FOLDER, name))
for (const [file, text] of reports) writeFileSync(join(FOLDER, file), text)
console.log(`${reports.size} API reports in api/`)
