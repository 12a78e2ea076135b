// What it costs to start: importing each entry point, and the first list of configurations on this machine's NetworkManager, in fresh
// processes, in turn with a Node that does nothing. `labs/linux/run node bench/start.mjs [--rounds 15]`
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { entryPoints, publishedPackages } from '../scripts/packages.mjs'
import { median, record } from './results.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const rounds = Number(values.rounds)
const MB = 2 ** 20

const cli = fileURLToPath(new URL('../packages/roamkit/bin/roamkit.js', import.meta.url))
/** A module that opens a manager, and fails if it lists nothing. @param {string} imports @param {string} driver */
const list = (imports, driver) => `${imports}
const manager = await NetworkConfigurationManager.open(${driver})
if (manager.allConfigurations().length === 0) throw new Error('nothing is listed')`
const MANAGER = "import { NetworkConfigurationManager } from '@roamkit/core'\n"
/** Ends a module: at once, and as the parent wants it. */
const END = `
if (process.env.ROAMKIT_BENCH_MEMORY) {
  globalThis.gc()
  const { rss, heapUsed } = process.memoryUsage()
  console.log(JSON.stringify({ rss, heapUsed }))
}
process.exit()`

/** @param {string} code */
const module = (code) => ['--input-type=module', '--eval', code + END]
const BARE = 'node -e 0'
const CHILDREN = {
  [BARE]: ['--eval', '0'],
  'an empty module': module(''),
  ...Object.fromEntries(
    publishedPackages()
      .flatMap(entryPoints)
      .map(({ specifier }) => [`import ${specifier}`, module(`import '${specifier}'`)]),
  ),
  'networkManager(): the first list': module(
    list(`${MANAGER}import { networkManager } from '@roamkit/backend-linux'`, 'networkManager()'),
  ),
  'platform(): the first list': module(
    list("import { NetworkConfigurationManager, platform } from 'roamkit'", 'platform()'),
  ),
  'roamkit list': [cli, 'list'],
  'roamkit --version': [cli, '--version'],
}
const FIRST_LIST = /first list/

/** How much an import may cost: its time beside Node that does nothing, and heap in MiB. */
const MOST = { time: 1.6, heap: 2 }
/** Those that import more than Roamkit. @type {Record<string, typeof MOST>} */
const HEAVIER = {
  '@roamkit/rx': { time: 2.6, heap: 3.2 }, // RxJS
  '@roamkit/sockets': { time: 2.3, heap: 3.2 }, // node:http and node:tls
  '@roamkit/sockets/names': { time: 2.3, heap: 3.2 }, // node:dns, node:http and node:tls
  '@roamkit/sockets/undici': { time: 3.1, heap: 7.5 }, // undici
}

/** What is the most that a contestant may cost; `null`: there is no goal. @param {string} name @param {'time' | 'heap'} what */
function goalOf(name, what) {
  if (FIRST_LIST.test(name)) return what === 'time' ? 1.25 : null
  if (!name.startsWith('import ')) return null
  return (HEAVIER[name.slice('import '.length)] ?? MOST)[what]
}

/** In the folder of a package that sees all others. @param {readonly string[]} args @param {Record<string, string>} [env] */
function run(args, env = {}) {
  const cwd = fileURLToPath(new URL('../packages/roamkit', import.meta.url))
  const child = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } })
  if (child.status !== 0) throw new Error(`${args.join(' ')}: ${child.stderr}`)
  return child.stdout
}

/** @type {Map<string, number[]>} */
const times = new Map(Object.keys(CHILDREN).map((name) => [name, []]))
// One round for the file cache, which does not count.
for (let round = -1; round < rounds; round += 1)
  for (const [name, args] of Object.entries(CHILDREN)) {
    const start = performance.now()
    run(args)
    if (round >= 0) times.get(name)?.push(performance.now() - start)
  }
const bare = median(times.get(BARE) ?? [])
for (const [name, all] of times) {
  if (name === BARE) continue
  const beside = { reference: bare, referenceName: BARE, goal: goalOf(name, 'time') }
  record({ group: 'Start', name, unit: 'ms', ours: median(all), ...beside })
}

/** Resident set, and heap after a collection. @param {string[]} args */
function memory(args) {
  const found = Array.from({ length: 5 }, () =>
    JSON.parse(run(['--expose-gc', ...args], { ROAMKIT_BENCH_MEMORY: '1' })),
  )
  return { rss: median(found.map(({ rss }) => rss)), heap: median(found.map(({ heapUsed }) => heapUsed)) }
}

const empty = memory(CHILDREN['an empty module'] ?? [])
for (const [name, args] of Object.entries(CHILDREN)) {
  if (!name.startsWith('import ') && !FIRST_LIST.test(name)) continue
  const { rss, heap } = memory(args)
  const goal = FIRST_LIST.test(name) ? 8 : null
  const over = { group: 'Memory over bare Node', unit: 'MiB' }
  record({ ...over, name: `${name}: resident set`, ours: (rss - empty.rss) / MB, goal })
  record({ ...over, name: `${name}: heap`, ours: (heap - empty.heap) / MB, goal: goalOf(name, 'heap') })
}
