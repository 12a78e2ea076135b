// The part of bench/windows.mjs that runs under node.exe: `inside.mjs ROUNDS`. Prints what it measured, as one line of JSON.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { libraries, outside, runNode } from '@roamkit/lab-windows'
import { nodeProgram, Teller } from '../teller.mjs'

const rounds = Number(process.argv[2])
const CHANGES = 6
const STORM = 5000
const LONG = 60_000
const { world: _world, kernel32: _kernel32, ...dlls } = libraries
const DLLS = JSON.stringify(dlls)

/** @param {string} file */
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

/** @param {readonly string[]} args */
async function run(args) {
  const start = performance.now()
  const { code, output, errors } = await runNode(args, { limit: LONG })
  const ms = performance.now() - start
  if (code !== 0) throw new Error(`${args}: ${errors}`)
  return { ms, output }
}

async function lists() {
  await outside('up eth0 10.93.0.2/24 10.93.0.1')
  /** @type {{ whole: number[], own: number[], node: number[] }} */
  const times = { whole: [], own: [], node: [] }
  for (let round = -1; round < rounds; round += 1) {
    const { ms, output } = await run([here('list-process.mjs'), JSON.stringify({ libraries: dlls })])
    const list = JSON.parse(output)
    if (!list.names.includes('eth0')) throw new Error(`it does not list eth0: ${output}`)
    const node = await run(['-e', '0'])
    if (round < 0) continue
    times.whole.push(ms)
    times.own.push(list.ms)
    times.node.push(node.ms)
  }
  await outside('reset')
  return times
}

/** Processor time per change of a real cable, of programs that watch it at the same time. */
async function cable() {
  const clients = ['roamkit', 'bare', 'polling'].map(
    (kind) => new Teller(nodeProgram('windows/cable-client.mjs', kind, DLLS)),
  )
  for (const client of clients) await client.started()
  /** @type {number[][]} */
  const costs = clients.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    const before = await Promise.all(clients.map(cost))
    for (let change = 0; change < CHANGES; change += 1) {
      const says = change % 2 === 0 ? 'up' : 'down'
      const told = clients.map((client) => client.after((line) => line.says === says))
      if (says === 'up') await outside('up eth0 10.93.0.2/24 10.93.0.1')
      else await outside('reset')
      const lines = await Promise.all(told.map((line) => line(LONG)))
      if (lines.includes(null)) throw new Error(`not everybody noticed that the cable is ${says}`)
    }
    const after = await Promise.all(clients.map(cost))
    for (const [index, all] of costs.entries())
      all.push(((after[index] ?? 0) - (before[index] ?? 0)) / CHANGES)
  }
  await Promise.all(clients.map((client) => client.end()))
  const [roamkit, bare, polling] = costs
  return { roamkit, bare, polling }
}

/** Microseconds so far. @param {Teller} client */
async function cost(client) {
  const answer = client.after(({ says }) => says === 'cost')
  client.ask('cost?')
  const line = await answer(LONG)
  return Number(line?.user) + Number(line?.system)
}

async function storm() {
  /** @type {Record<'roamkit' | 'bare', number[]>} */
  const costs = { roamkit: [], bare: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of /** @type {const} */ (['roamkit', 'bare'])) {
      const { output } = await run([here('storm-process.mjs'), kind, String(STORM)])
      costs[kind].push(Number(output))
    }
  }
  return costs
}

/** What Windows's own programs print here: Wine has them in name. */
async function programs() {
  const found = {}
  for (const [name, args] of Object.entries({
    netsh: ['interface', 'show', 'interface'],
    powershell: ['-Command', 'Get-NetAdapter'],
  }))
    Object.assign(found, {
      [name]: await promisify(execFile)(name, args, { timeout: LONG }).then(
        ({ stdout }) => (stdout.trim() === '' ? 'it prints nothing under Wine' : null),
        (error) => `it fails under Wine: ${String(error).split('\n')[0]}`,
      ),
    })
  return found
}

console.log(
  JSON.stringify({
    lists: await lists(),
    cable: await cable(),
    storm: await storm(),
    programs: await programs(),
  }),
)
process.exit()
