// The API of every published package as a reader sees it, one file in api/ for each entry point, so that a change of the API is
// a change in a review. `npm run lint:api` fails if Git sees a change that is neither committed nor staged. The packages must be built.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
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
 * @param {string} scratch a folder
 * @returns {string} the report
 */
function report({ folder, manifest }, { specifier, types }, scratch) {
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
            // Every type that the API mentions can be imported from the same entry point.
            'ae-forgotten-export': { logLevel: ExtractorLogLevel.Error },
          },
          tsdocMessageReporting: { default: hidden },
        },
      },
    }),
    { localBuild: true, messageCallback: beQuiet },
  )
  if (errorCount > 0) process.exitCode = 1
  return readFileSync(join(scratch, file), 'utf8')
}

/** It announces itself and each file; only errors are news. @param {import('@microsoft/api-extractor').ExtractorMessage} message */
function beQuiet(message) {
  if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true
}

/** The reports of all packages, by file name. @returns {Map<string, string>} */
function allReports() {
  const scratch = mkdtempSync(join(tmpdir(), 'roamkit-api-'))
  mkdirSync(join(scratch, 'temporary'))
  try {
    return new Map(
      publishedPackages().flatMap((from) =>
        entryPoints(from).map(
          (entry) => /** @type {const} */ ([fileOf(entry.specifier), report(from, entry, scratch)]),
        ),
      ),
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
