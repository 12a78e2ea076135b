// What a program costs that has an open session and nothing to do. Each is watched from outside, so that the watching wakes no thread of it.
import { setTimeout as delay } from 'node:timers/promises'
import { beside, median, record } from '../results.mjs'
import { qtObstacle } from '../set-up-lab.mjs'
import { nodeProgram, pythonProgram, Teller } from '../teller.mjs'
import { GROUP } from './lab.mjs'
import { cpuOf, wakeUpsOf } from './watched.mjs'

/** Seconds until what follows on opening is over. */
const SETTLE = 60

class Idler {
  /** In each round: how often its event loop and all of its threads woke up, and microseconds of processor time. */
  rounds = {
    loop: /** @type {number[]} */ ([]),
    all: /** @type {number[]} */ ([]),
    cpu: /** @type {number[]} */ ([]),
  }
  #before = { loop: 0, all: 0, cpu: 0 }

  /** @param {string} name @param {readonly string[]} command */
  constructor(name, command) {
    this.name = name
    this.teller = new Teller(command)
  }

  #now() {
    const { pid } = this.teller
    return { ...wakeUpsOf(pid), cpu: cpuOf(pid) }
  }

  beginRound() {
    this.#before = this.#now()
  }

  endRound() {
    const now = this.#now()
    for (const what of /** @type {const} */ (['loop', 'all', 'cpu']))
      this.rounds[what].push(now[what] - this.#before[what])
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
  const figure = (/** @type {string} */ name, /** @type {'loop' | 'all' | 'cpu'} */ of, unit = 'count') => ({
    found: { group: GROUP, name: `${name} ${what}`, unit, ours: median(ours.rounds[of]) },
    of,
  })
  record({ ...figure('wake-ups of the event loop', 'loop').found, goal: 0 })
  // V8 has threads and timers of its own, and what it does now and then is in every Node.
  for (const { found, of } of [
    figure('wake-ups of all threads', 'all'),
    figure('processor time', 'cpu', 'µs'),
  ])
    for (const { name, rounds } of others) record({ ...found, ...beside(name, median(rounds[of])) })
  record({ group: GROUP, name: `timers ${what}`, unit: 'count', ours: timers, goal: 0 })
}
