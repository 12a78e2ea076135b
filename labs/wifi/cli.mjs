// The lab's commands.
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { buildInBackground, userModeKernel } from './kernel.mjs'
import { play } from './lab.mjs'
import { obstacle } from './requirements.mjs'

const HELP = `labs/wifi/lab play [--real-time] [--keep FOLDER] [--record] [SCENARIO...]   plays scenarios, prints what happened; keeps the guest's logs
labs/wifi/lab kernel [--background]                             builds the user-mode kernel, once
labs/wifi/lab check                                             whether a lab can run on this machine

ROAMKIT_WIFI_KERNEL=userMode|stock chooses the kernel.
`

/** @param {string[]} args @returns {Promise<number>} exit code */
async function main([name = 'help', ...rest]) {
  const options = /** @type {const} */ ({
    'real-time': { type: 'boolean', default: false },
    background: { type: 'boolean', default: false },
    keep: { type: 'string' },
    record: { type: 'boolean', default: false },
  })
  const { values, positionals } = parseArgs({ args: rest, options, allowPositionals: true })
  if (name === 'help' || name === '--help') {
    process.stdout.write(HELP)
    return 0
  }
  const reason = obstacle()
  if (reason !== null) throw new Error(reason)
  if (name === 'check') process.stdout.write('a lab can run here\n')
  else if (name === 'kernel') await kernel(values.background)
  else if (name === 'play')
    return await show(positionals, {
      isRealTime: values['real-time'],
      keep: values.keep,
      isRecorded: values.record,
    })
  else throw new Error(`no command ${name}; labs/wifi/lab help lists them`)
  return 0
}

/** @param {boolean} inBackground */
async function kernel(inBackground) {
  if (!inBackground) return void process.stdout.write(`${await userModeKernel()}\n`)
  const log = await buildInBackground()
  process.stdout.write(log === null ? 'it is built\n' : `building it; ${log} says how far it is\n`)
}

/** @param {string[]} only @param {{ isRealTime: boolean, keep: string | undefined, isRecorded: boolean }} options */
async function show(only, { isRealTime, keep, isRecorded }) {
  if (keep !== undefined) rmSync(keep, { recursive: true, force: true })
  const { played, problem, seconds } = await play({
    only,
    isRealTime,
    isRecorded,
    ...(keep !== undefined && { keep }),
  })
  for (const { name, entries, failure, skipped } of played) {
    console.log(`\n${name}${skipped === null ? '' : `: skipped, ${skipped}`}`)
    for (const { at, text } of entries) console.log(`${at.toFixed(2).padStart(8)}  ${text}`)
    if (failure !== null) console.log(failure)
  }
  console.log(`\n${seconds.toFixed(1)} s`)
  if (problem !== null) console.log(problem)
  return problem === null && played.every(({ failure }) => failure === null) ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`wifi lab: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 125
}
