// What a program costs that has an open session and nothing to do, beside Node alone and Qt's bearer management, in the same minutes:
// `labs/linux/run node bench/idle.mjs [BACKEND ...] [--rounds 5] [--seconds 60]`.
// Each is a process of its own that is watched from outside, so that the watching wakes no thread of it.
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { GROUP, PROFILE } from './linux/lab.mjs'
import { nodeProgram, pythonProgram, Teller } from './teller.mjs'
import { cpuOf, wakeUpsOf } from './linux/watched.mjs'
import { median, record } from './results.mjs'
import { qtObstacle } from './set-up-lab.mjs'

/** Seconds until what follows on opening is over. */
const SETTLE = 60

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '60' } },
  allowPositionals: true,
})
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
const backends = positionals.length > 0 ? positionals : ['networkmanager', 'kernel']

/** @typedef {{ name: string, teller: Teller, wakeUps: number[], cpu: number[] }} Idler */

/** @param {string} name @param {readonly string[]} command @returns {Idler} */
const idler = (name, command) => ({ name, teller: new Teller(command), wakeUps: [], cpu: [] })

const ours = backends.map((name) => idler(name, nodeProgram('linux/idle-process.mjs', name)))
const node = idler('Node alone', nodeProgram('linux/idle-process.mjs'))
const obstacle = qtObstacle()
const qt = obstacle === null ? idler("Qt 5.15's bearer", pythonProgram('linux/qt.py', 'idle', PROFILE)) : null
if (obstacle !== null) console.log(`Qt 5.15's bearer: left out, ${obstacle}`)
const others = qt === null ? [node] : [node, qt]
const all = [...ours, ...others]
for (const { name, teller } of all) {
  const { says, what } = await teller.started()
  if (says !== 'ready') throw new Error(`${name} is not ready`)
  if (what !== undefined) console.log(`${name}: ${what}`)
}

await delay(SETTLE * 1000)
for (let round = 0; round < rounds; round += 1) {
  const before = all.map(({ teller }) => ({ wakeUps: wakeUpsOf(teller.pid), cpu: cpuOf(teller.pid) }))
  await delay(seconds * 1000)
  for (const [index, { teller, wakeUps, cpu }] of all.entries()) {
    wakeUps.push(wakeUpsOf(teller.pid) - (before[index]?.wakeUps ?? 0))
    cpu.push(cpuOf(teller.pid) - (before[index]?.cpu ?? 0))
  }
}

for (const { name, teller, wakeUps, cpu } of ours) {
  const what = `in ${seconds} s of idling, with a session open on ${name}`
  record({ group: GROUP, name: `wake-ups ${what}`, unit: 'count', ours: median(wakeUps), goal: 0 })
  for (const other of others) {
    const figures = { reference: median(other.wakeUps), referenceName: other.name }
    record({ ...{ group: GROUP, name: `wake-ups ${what}`, unit: 'count', ours: median(wakeUps) }, ...beside(figures) })
    const cpuFigures = { reference: median(other.cpu), referenceName: other.name }
    record({ ...{ group: GROUP, name: `processor time ${what}`, unit: 'µs', ours: median(cpu) }, ...beside(cpuFigures) })
  }
  const answer = teller.after(({ says }) => says === 'resources')
  teller.ask('resources')
  const resources = /** @type {string[]} */ ((await answer(5000))?.resources)
  const timers = resources.filter((one) => one === 'Timeout').length
  record({ group: GROUP, name: `timers ${what}`, unit: 'count', ours: timers, goal: 0 })
}
await Promise.all(all.map(({ teller }) => teller.end()))

/** Nothing can be divided by nothing. @param {{ reference: number, referenceName: string }} figures */
function beside({ reference, referenceName }) {
  return reference > 0 ? { reference, referenceName } : { referenceName: `${referenceName} ${reference}` }
}
