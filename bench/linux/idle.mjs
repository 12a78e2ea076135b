// What a program costs that has an open session and nothing to do. Each is watched from outside, so that the watching wakes no thread of it.
import { setTimeout as delay } from 'node:timers/promises'
import { median, record } from '../results.mjs'
import { qtObstacle } from '../set-up-lab.mjs'
import { nodeProgram, pythonProgram, Teller } from '../teller.mjs'
import { GROUP } from './lab.mjs'
import { cpuOf, wakeUpsOf } from './watched.mjs'

/** Seconds until what follows on opening is over. */
const SETTLE = 60

class Idler {
  /** How often it woke up, in each round. @type {number[]} */
  wakeUps = []
  /** Microseconds of processor time, in each round. @type {number[]} */
  cpu = []
  #before = { wakeUps: 0, cpu: 0 }

  /** @param {string} name @param {readonly string[]} command */
  constructor(name, command) {
    this.name = name
    this.teller = new Teller(command)
  }

  #now() {
    const { pid } = this.teller
    return { wakeUps: wakeUpsOf(pid), cpu: cpuOf(pid) }
  }

  beginRound() {
    this.#before = this.#now()
  }

  endRound() {
    const { wakeUps, cpu } = this.#now()
    this.wakeUps.push(wakeUps - this.#before.wakeUps)
    this.cpu.push(cpu - this.#before.cpu)
  }

  /** How many timers keep its event loop alive. */
  async timers() {
    const answer = this.teller.after(({ says }) => says === 'resources')
    this.teller.ask('resources?')
    const resources = (await answer(5000))?.resources
    if (!Array.isArray(resources)) throw new Error(`${this.name} does not answer`)
    return resources.filter((one) => one === 'Timeout').length
  }
}

/** @param {readonly string[]} backends @param {{ rounds: number, seconds: number }} options */
export async function watchIdling(backends, { rounds, seconds }) {
  const ours = backends.map((name) => new Idler(name, nodeProgram('linux/idle-process.mjs', name)))
  const others = [new Idler('Node alone', nodeProgram('linux/idle-process.mjs'))]
  const obstacle = qtObstacle()
  if (obstacle === null) others.push(new Idler("Qt 5.15's bearer", pythonProgram('linux/qt.py', 'idle')))
  else console.log(`Qt 5.15's bearer: left out, ${obstacle}`)
  const all = [...ours, ...others]
  for (const { name, teller } of all) {
    const { says, what } = await teller.started()
    if (says !== 'ready') throw new Error(`${name} is not ready`)
    if (what !== undefined) console.log(`${name}: ${what}`)
  }
  await delay(SETTLE * 1000)
  for (let round = 0; round < rounds; round += 1) {
    for (const one of all) one.beginRound()
    await delay(seconds * 1000)
    for (const one of all) one.endRound()
  }
  for (const one of ours) report(one, others, seconds, await one.timers())
  await Promise.all(all.map(({ teller }) => teller.end()))
}

/** @param {Idler} ours @param {readonly Idler[]} others @param {number} seconds @param {number} timers */
function report(ours, others, seconds, timers) {
  const what = `in ${seconds} s of idling, with a session open on ${ours.name}`
  const wakeUps = {
    ...{ group: GROUP, name: `wake-ups ${what}`, unit: 'count', ours: median(ours.wakeUps) },
  }
  const cpu = { group: GROUP, name: `processor time ${what}`, unit: 'µs', ours: median(ours.cpu) }
  record({ ...wakeUps, goal: 0 })
  for (const { name, ...other } of others) {
    record({ ...wakeUps, ...beside(name, median(other.wakeUps)) })
    record({ ...cpu, ...beside(name, median(other.cpu)) })
  }
  record({ group: GROUP, name: `timers ${what}`, unit: 'count', ours: timers, goal: 0 })
}

/** Nothing can be divided by nothing. @param {string} name @param {number} figure */
const beside = (name, figure) =>
  figure > 0 ? { reference: figure, referenceName: name } : { referenceName: `${name} ${figure}` }
