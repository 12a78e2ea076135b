// Records a real roam for the picture in the README: a cable is pulled in the lab while `roamkit roam --accept` runs.
// labs/linux/run node scripts/record-roam.mjs && node scripts/roam-picture.mjs
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { carrier } from '../labs/linux/lab.mjs'
import { root } from './run-command.mjs'

const CLI = join(root, 'packages/roamkit/dist/cli.js')
const FILE = join(root, 'docs/pictures/roam.json')

/** @typedef {{ at: number, event: string, name: string, state: string }} Moment at: milliseconds after the cable was pulled */

/** @type {{ time: string, event: string, name: string, state: string }[]} */
const told = []
const child = spawn(process.execPath, [CLI, 'roam', '--accept', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
let rest = ''
child.stdout.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\n')
  rest = lines.pop() ?? ''
  told.push(...lines.map((line) => JSON.parse(line)))
})

await heard('activeConfigurationChanged')
await new Promise((resolve) => setTimeout(resolve, 1500)) // NetworkManager has checked the connectivity by then
const pulled = Date.now()
await carrier('a', 'down')
await heard('accept')
await new Promise((resolve) => setTimeout(resolve, 100)) // and it stays there
child.kill('SIGTERM')
// What is told from here on is its end.
const moments = told
  .map(({ time, event, name, state }) => ({ at: Date.parse(time) - pulled, event, name, state }))
  .filter(({ at }) => at >= 0)
if (
  moments.some(({ at, event }) => at > 0 && event === 'error') ||
  moments.filter(({ event }) => event === 'migrate').length !== 1
)
  throw new Error('it did not go straight from one link to another; once more, please')
writeFileSync(FILE, `${JSON.stringify(moments, null, 2)}\n`)
console.log(`${moments.length} moments in docs/pictures/roam.json`)

/** @param {string} event */
async function heard(event) {
  while (!told.some((one) => one.event === event))
    await new Promise((resolve) => child.stdout.once('data', resolve))
}
