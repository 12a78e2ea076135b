// Releases. `version`: versions, ranges, changelogs and the lockfile from the changesets. `plan`: whether there is something to
// publish, as an output of a workflow's step. `publish`: to the registry, each package whose version is not there yet, with tags.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { publishedPackages } from './packages.mjs'
import { npm, root, runCommand } from './run-command.mjs'

const CHANGESETS = join(root, '.changeset')
const CHANGESET = join(root, 'node_modules/@changesets/cli/bin.js')

/** A page that shows a package.json as it is, ranges included. */
const SHOWN = {
  page: join(root, 'docs/write-a-backend.md'),
  file: join(root, 'examples/backend-minimal/package.json'),
}

/**
 * Nothing is published while changesets wait, and nothing that is tagged, which is what `publish` does at its end.
 *
 * @param {{ changesets: readonly string[], packages: readonly { name: string, version: string }[], tags: readonly string[] }} found
 * @returns {string[]} the tags that a release would make
 */
export function planRelease({ changesets, packages, tags }) {
  if (changesets.length > 0) return []
  return packages
    .filter(({ version }) => version !== '0.0.0')
    .map(({ name, version }) => `${name}@${version}`)
    .filter((tag) => !tags.includes(tag))
}

/**
 * A new backend gets the ranges of core and the laws that create-roamkit-backend has in its `devDependencies`. Changesets does not release a
 * package whose `devDependencies` change, so this changeset does.
 *
 * @param {readonly string[]} changesets the texts of those that wait
 * @returns {string | null} the text of one more; `null` if none is needed
 */
export function templateChangeset(changesets) {
  const isNew = changesets.some((text) => /^['"]@roamkit\/(core|conformance)['"]:/m.test(text))
  if (!isNew) return null
  return "---\n'create-roamkit-backend': patch\n---\n\nA new backend depends on the newest `@roamkit/core` and `@roamkit/conformance`.\n"
}

/**
 * What npm compares a package's provenance with. The repository's address is the one in which the workflow runs: nobody has to
 * keep it in each package.json.
 *
 * @param {{ path: string }} of
 * @param {Record<string, string | undefined>} environment of a GitHub workflow
 * @returns {{ type: 'git', url: string, directory: string }}
 */
export function repositoryOf({ path }, { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository }) {
  if (server === undefined || repository === undefined)
    throw new Error(
      'publish runs in a GitHub workflow: GITHUB_SERVER_URL and GITHUB_REPOSITORY say which repository it is',
    )
  return { type: 'git', url: `git+${server}/${repository}.git`, directory: path }
}

function waitingChangesets() {
  return readdirSync(CHANGESETS)
    .filter((name) => /\.md$/.test(name) && name !== 'README.md')
    .map((name) => join(CHANGESETS, name))
}

async function version() {
  const shown = readFileSync(SHOWN.file, 'utf8')
  const changeset = templateChangeset(waitingChangesets().map((path) => readFileSync(path, 'utf8')))
  if (changeset !== null) writeFileSync(join(CHANGESETS, 'newest-template.md'), changeset)
  await must('changeset version', runCommand(process.execPath, [CHANGESET, 'version'], { show: true }))
  await must('npm install', npm(['install', '--package-lock-only', '--no-audit', '--no-fund']))
  await must('lockfile', runCommand(process.execPath, ['scripts/complete-lockfile.mjs'], { show: true }))
  const page = readFileSync(SHOWN.page, 'utf8')
  writeFileSync(
    SHOWN.page,
    page.replace(shown, () => readFileSync(SHOWN.file, 'utf8')),
  )
}

async function plan() {
  const changesets = waitingChangesets()
  const packages = publishedPackages().map(({ name, manifest }) => ({ name, version: manifest.version }))
  const tags = (await must('git tag', runCommand('git', ['tag', '--list']))).split('\n')
  const release = planRelease({ changesets, packages, tags })
  console.error(release.length === 0 ? 'nothing to publish' : `to publish: ${release.join(', ')}`)
  console.log(`publish=${release.length > 0}`)
}

async function publish() {
  for (const one of publishedPackages()) {
    const manifest = { ...one.manifest, repository: repositoryOf(one, process.env) }
    writeFileSync(join(one.folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  }
  await must('changeset publish', runCommand(process.execPath, [CHANGESET, 'publish'], { show: true }))
}

/** @param {string} what @param {Promise<import('./run-command.mjs').Ran>} running */
async function must(what, running) {
  const { ok, output } = await running
  if (!ok) throw new Error(`${what} failed\n${output}`)
  return output
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const commands = { version, plan, publish }
  const command = commands[/** @type {keyof typeof commands} */ (process.argv[2])]
  try {
    if (command === undefined) throw new Error(`release ${Object.keys(commands).join('|')}`)
    await command()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
