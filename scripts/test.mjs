// npm test [PART...]: everything, or the named parts; the suites in the labs side by side. It ends with one line of totals: `N passed, N failed, N skipped`.
// A suite that exists but ran no tests, or left no report, has failed. A workspace without a single test file is skipped, and counted.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { obstacle as connmanObstacle } from '../labs/connman/requirements.mjs'
import { busObstacle } from '../labs/fake-networkmanager/requirements.mjs'
import { brokerObstacle, laterObstacle } from '../labs/linux/requirements.mjs'
import { PackagesUnavailable, prepare as prepareWifi } from '../labs/wifi/lab.mjs'
import { runSuite as runWindowsSuite } from '../labs/windows/suite.mjs'
import { labs } from './labs.mjs'
import { root, runCommand } from './run-command.mjs'
import { setup } from './setup.mjs'
import { runTurbo } from './turbo.mjs'
import { countReport } from './vitest-report.mjs'

/** @typedef {{ passed: number, failed: number, skipped: string[], cached: number, output: string }} Result */
/** @typedef {{ name: string, run: () => Promise<Result>, lane?: 1 | 2 | 3 }} Step the lanes run side by side: they wait more than they compute */
/** @typedef {{ name: string, config: string, mode?: string }} Suite of vitest; its report has its name */

const LINTS = ['format', 'types', 'arrows', 'lockfile', 'unused', 'docs', 'api'].map((name) => `lint:${name}`)
const VITEST = [process.execPath, join(root, 'node_modules/vitest/vitest.mjs')]

/** @type {Step} */
const build = { name: 'build', run: () => turboStep(['build']) }

/** @type {Record<string, { labs: import('./labs.mjs').Lab[], steps: Step[] }>} labs: what the part needs installed */
const parts = {
  lint: {
    labs: [],
    steps: [
      { name: 'lint', run: () => turboStep(LINTS) },
      { name: 'packages', run: () => turboStep(['check:package']) },
    ],
  },
  unit: { labs: [], steps: [{ name: 'unit', run: unitTests }] },
  packs: {
    labs: [],
    steps: [{ name: 'packs', lane: 3, run: () => runSuite({ name: 'packs', config: 'packs' }, VITEST) }],
  },
  linux: {
    labs: ['linux'],
    steps: [
      { name: 'linux', lane: 1, run: () => inTheLab({ name: 'linux', config: 'linux', mode: 'calm' }) },
      { name: 'storms', lane: 2, run: () => inTheLab({ name: 'storms', config: 'linux', mode: 'storms' }) },
      { name: 'lab', lane: 3, run: () => withLab({ name: 'lab', config: 'lab' }, VITEST) },
      { name: 'kernel', lane: 3, run: onTheKernel },
      { name: 'fake', lane: 3, run: onTheFake },
      { name: 'later', lane: 2, run: onTheLaterNetworkManager },
      { name: 'connman', lane: 3, run: onConnman },
    ],
  },
  networkd: { labs: ['networkd'], steps: [{ name: 'networkd', lane: 3, run: onNetworkd }] },
  wifi: { labs: ['wifi'], steps: [{ name: 'wifi', lane: 1, run: onWifi }] },
  windows: { labs: ['windows'], steps: [{ name: 'windows', lane: 3, run: underNodeExe }] },
  browser: { labs: ['browser'], steps: [{ name: 'browser', lane: 3, run: inTheBrowser }] },
  terminal: { labs: ['terminal'], steps: [{ name: 'terminal', lane: 2, run: inTerminals }] },
}

/** @returns {Promise<Result>} the real node.exe under Wine; never cached */
async function underNodeExe() {
  const reason = labs.windows.obstacle()
  if (reason !== null)
    return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`windows, the whole suite: ${reason}`] }
  const counts = await runWindowsSuite()
  const sum = (/** @type {'passed' | 'failed'} */ of) => counts.reduce((total, count) => total + count[of], 0)
  return {
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: counts.flatMap(({ skipped }) => skipped),
    cached: 0,
    output: counts.map(({ output }) => output).join('\n'),
  }
}

/** @returns {Promise<Result>} a real Chromium or Chrome, headless */
async function inTheBrowser() {
  const reason = labs.browser.obstacle()
  if (reason === null) return await runSuite({ name: 'browser', config: 'browser' }, VITEST)
  return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`browser, the whole suite: ${reason}`] }
}

/** @returns {Promise<Result>} pseudo terminals, and real shells in them */
async function inTerminals() {
  const reason = labs.terminal.obstacle()
  if (reason === null) return await runSuite({ name: 'terminal', config: 'terminal' }, VITEST)
  return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`terminal, the whole suite: ${reason}`] }
}

/** @returns {Promise<Result>} the kernel alone, in an empty network */
function onTheKernel() {
  return withLab({ name: 'kernel', config: 'kernel' }, [join(root, 'labs/linux/bare'), ...VITEST])
}

/** @returns {Promise<Result>} a fake NetworkManager on a private bus */
async function onTheFake() {
  const reason = busObstacle()
  if (reason === null) return await runSuite({ name: 'fake', config: 'fake' }, VITEST)
  return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`fake, the whole suite: ${reason}`] }
}

/** @returns {Promise<Result>} the NetworkManager of a later Debian on dbus-broker, the bus of Fedora and Arch, in the Linux lab */
async function onTheLaterNetworkManager() {
  const reason = labs.linux.obstacle() ?? laterObstacle() ?? brokerObstacle()
  const program = [join(root, 'labs/linux/run'), '--release', 'later', '--bus', 'dbus-broker', ...VITEST]
  if (reason === null) return await runSuite({ name: 'later', config: 'linux', mode: 'later' }, program)
  return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`later, the whole suite: ${reason}`] }
}

/** @returns {Promise<Result>} a real ConnMan in a lab of its own */
async function onConnman() {
  const reason = connmanObstacle()
  const suite = { name: 'connman', config: 'connman' }
  if (reason === null) return await runSuite(suite, [join(root, 'labs/connman/run'), ...VITEST])
  return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`connman, the whole suite: ${reason}`] }
}

/** @returns {Promise<Result>} a real systemd-networkd in a lab of its own */
async function onNetworkd() {
  const reason = labs.networkd.obstacle()
  if (reason === null)
    return await runSuite({ name: 'networkd', config: 'networkd' }, [
      join(root, 'labs/networkd/run'),
      ...VITEST,
    ])
  return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`networkd, the whole suite: ${reason}`] }
}

/** @returns {Promise<Result>} real Wi-Fi in a virtual machine; if nothing else was asked for, there is time to build its kernel */
async function onWifi() {
  const mayBuild = process.argv.slice(2).join() === 'wifi'
  const reason = labs.wifi.obstacle() ?? (await prepareWifi({ mayBuild }).then(() => null, whyUnavailable))
  if (reason !== null)
    return { passed: 0, failed: 0, cached: 0, output: '', skipped: [`wifi, the whole suite: ${reason}`] }
  return await runSuite({ name: 'wifi', config: 'wifi' }, VITEST)
}

/** @param {unknown} error */
function whyUnavailable(error) {
  if (error instanceof PackagesUnavailable) return error.message
  throw error
}

/** One check a task. @param {string[]} names @returns {Promise<Result>} */
async function turboStep(names) {
  const { ok, output, tasks } = await runTurbo(names)
  const asked = tasks.filter(({ id, exists }) => exists && names.some((name) => id.endsWith(`#${name}`)))
  const passed = asked.filter(({ outcome }) => outcome === 'passed')
  const failed = asked.filter(({ outcome }) => outcome === 'failed')
  const unexplained = (!ok && failed.length === 0) || asked.length === 0
  return {
    passed: passed.length,
    failed: failed.length + (unexplained ? 1 : 0),
    skipped: asked
      .filter(({ outcome }) => outcome === 'not run')
      .map(({ id }) => `${id}: what it needs has failed`),
    cached: passed.filter(({ cached }) => cached).length,
    output: unexplained ? output : failed.map((task) => `${task.id}\n${task.output}`).join('\n'),
  }
}

/** @returns {Promise<Result>} */
async function unitTests() {
  const suites = workspaces().filter(({ scripts }) => 'test:unit' in scripts)
  const ready = suites.filter(({ folder }) => hasTests(folder))
  for (const { folder } of ready) rmSync(join(folder, 'reports'), { recursive: true, force: true })
  const { output, tasks } = await runTurbo(
    ['test:unit'],
    ready.map(({ name }) => name),
  )
  /** @type {Result} */
  const total = { passed: 0, failed: 0, skipped: [], cached: 0, output: '' }
  for (const { name, folder } of suites) {
    printTables(join(folder, 'reports'))
    if (!hasTests(folder)) {
      total.skipped.push(`${name}: it has no tests yet`)
      continue
    }
    const task = tasks.find(({ id }) => id === `${name}#test:unit`)
    const count = countReport(reportIn(folder), { ok: task?.outcome === 'passed' })
    total.passed += count.passed
    total.failed += count.failed
    total.cached += task?.cached ? count.passed : 0
    total.skipped.push(...count.skipped.map((test) => `${name}: ${test}`))
    if (count.failed > 0)
      total.output += `${name}: ${count.problem ?? `${count.failed} failed`}\n${task?.output || output}\n`
  }
  return total
}

/** @param {string} folder */
const reportIn = (folder) => join(folder, 'reports/unit.json')

function workspaces() {
  const within = (/** @type {string} */ place) =>
    readdirSync(join(root, place)).map((name) => `${place}/${name}`)
  const folders = [...within('packages'), ...within('examples'), 'tests']
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const { name, scripts = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
      return { name: /** @type {string} */ (name), scripts, folder: join(root, folder) }
    })
}

/** @param {string} folder of a workspace */
function hasTests(folder) {
  const places = ['test', 'semantics', 'tooling'].map((name) => join(folder, name)).filter(existsSync)
  return places.some((place) =>
    readdirSync(place, { recursive: true }).some((file) => /\.test\.[jt]s$/.test(String(file))),
  )
}

/** A suite on real daemons, in a lab of its own. @param {Suite} suite @returns {Promise<Result>} */
const inTheLab = (suite) => withLab(suite, [join(root, 'labs/linux/run'), ...VITEST])

/** @param {Suite} suite @param {string[]} vitest the program that runs it @returns {Promise<Result>} */
async function withLab(suite, vitest) {
  const reason = labs.linux.obstacle()
  if (reason === null) return runSuite(suite, vitest)
  const skipped = [`${suite.name}, the whole suite: ${reason}`]
  return { passed: 0, failed: 0, skipped, cached: 0, output: '' }
}

/** A suite that depends on more than files; never cached. @param {Suite} suite @param {string[]} vitest @returns {Promise<Result>} */
async function runSuite({ name, config, mode }, [file = '', ...args]) {
  const reports = join(root, `tests/reports/${name}`)
  const report = join(reports, 'vitest.json')
  rmSync(reports, { recursive: true, force: true })
  const flags = [
    '--config',
    `vitest.${config}.config.ts`,
    ...(mode === undefined ? [] : ['--mode', mode]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
  ]
  const { ok, output } = await runCommand(file, [...args, 'run', ...flags], { cwd: join(root, 'tests') })
  const count = countReport(report, { ok })
  printTables(reports)
  return { ...count, cached: 0, output: count.failed > 0 ? `${count.problem ?? ''}\n${output}` : '' }
}

/** What suites have to show besides their counts: storms, verdicts. @param {string} folder */
function printTables(folder) {
  if (!existsSync(folder)) return
  const tables = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  for (const file of tables.sort()) console.log(readFileSync(join(folder, file), 'utf8').trimEnd())
}

/** @param {Step} step @returns {Promise<Result>} */
async function timed({ name, run }) {
  const begin = performance.now()
  const result = await run()
  const { passed, failed, skipped, cached, output } = result
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  const counts = [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
    ...(cached > 0 ? [`${cached} from the cache`] : []),
  ]
  console.log(`${name.padEnd(10)}${seconds.padStart(6)} s  ${counts.join(', ')}`)
  if (output !== '') console.log(`\n${output.trim()}\n`)
  return result
}

/** @param {string[]} names @returns {Promise<number>} exit code */
async function main(names) {
  const unknown = names.filter((name) => !(name in parts))
  if (unknown.length > 0)
    throw new Error(`no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  const chosen = Object.entries(parts).flatMap(([name, part]) =>
    names.length === 0 || names.includes(name) ? [part] : [],
  )
  await setup({ labs: [...new Set(chosen.flatMap((part) => part.labs))] })

  const built = await timed(build)
  const steps = chosen.flatMap((part) => part.steps)
  const inLane = async (/** @type {Step['lane']} */ lane) => {
    const done = []
    for (const step of steps.filter((one) => one.lane === lane))
      done.push(built.failed === 0 ? await timed(step) : notRun(step))
    return done
  }
  const results = [
    built,
    ...(await inLane(undefined)),
    ...(await Promise.all([inLane(1), inLane(2), inLane(3)])).flat(),
  ]
  const sum = (/** @type {(result: Result) => number} */ of) =>
    results.reduce((total, result) => total + of(result), 0)
  const skipped = results.flatMap((result) => result.skipped)
  if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`)
  console.log(`\n${sum((result) => result.cached)} of these came from turbo's cache`)
  console.log(
    `${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed, ${skipped.length} skipped`,
  )
  return sum((result) => result.failed) > 0 ? 1 : 0
}

/** @param {Step} step @returns {Result} */
const notRun = ({ name }) => ({
  passed: 0,
  failed: 0,
  skipped: [`${name}: the build has failed`],
  cached: 0,
  output: '',
})

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log('0 passed, 1 failed, 0 skipped')
  process.exitCode = 1
}
