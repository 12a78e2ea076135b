// The program of the guest: starts the machine, plays the scenarios one after the other, and writes down what happened.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { calm, startMachine } from './machine.mjs'
import { OUT } from './programs.mjs'
import { Recorder } from './recorder.mjs'
import { scenarios } from './scenarios/index.mjs'
import { Scene } from './scene.mjs'

/** @type {{ kernel: string, radios: number, only: string[], isRecorded: boolean }} */
const parameters = JSON.parse(readFileSync(`${process.env.ROAMKIT_RUN}/parameters.json`, 'utf8'))

/** @type {import('../lab.mjs').Played[]} */
const played = []

/** @type {Recorder | null} */
let recorder = null

/** After each scenario, so that those before a hang are known. @param {boolean} isOver */
function write(isOver) {
  writeFileSync(`${OUT}/results.next`, JSON.stringify({ played, isOver }))
  renameSync(`${OUT}/results.next`, `${OUT}/results.json`)
}

/** @param {unknown} error */
const inWords = (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

/** @param {import('./scenarios/index.mjs').Scenario} scenario @returns {Promise<import('../lab.mjs').Played>} */
async function play({ name, notOnStock, run }) {
  const skipped = parameters.kernel === 'stock' ? (notOnStock ?? null) : null
  if (skipped !== null) return { name, entries: [], seconds: 0, failure: null, skipped }
  let scene = new Scene()
  try {
    await calm()
    scene = new Scene(async () => recorder?.settle())
    await recorder?.begin(name)
    await run(scene)
    const seconds = scene.seconds
    await scene.close()
    return { name, entries: scene.entries, seconds, failure: null, skipped: null }
  } catch (error) {
    await scene.close()
    return { name, entries: scene.entries, seconds: scene.seconds, failure: inWords(error), skipped: null }
  } finally {
    await recorder?.finish()
  }
}

const log = (/** @type {string} */ text) => console.log(`${(performance.now() / 1000).toFixed(1)} ${text}`)

try {
  await startMachine(parameters)
  log('the machine is ready')
  if (parameters.isRecorded) recorder = await Recorder.start()
  for (const scenario of scenarios) {
    if (parameters.only.length > 0 && !parameters.only.includes(scenario.name)) continue
    log(scenario.name)
    played.push(await play(scenario))
    write(false)
  }
  await recorder?.end()
  write(true)
  log('over')
  process.exit(0)
} catch (error) {
  log(inWords(error))
  process.exit(1)
}
