// From the start of a fresh process to its first list of configurations.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { median, record } from '../results.mjs'
import { qtObstacle } from '../set-up-lab.mjs'
import { nodeProgram, pythonProgram } from '../teller.mjs'
import { GROUP } from './lab.mjs'

const PROFILES = ['lab-a', 'lab-b', 'lab-c']
const QT = "Qt 5.15's QNetworkConfigurationManager"

const COMMANDS = {
  roamkit: nodeProgram('linux/list-process.mjs'),
  node: [process.execPath, '-e', '0'],
  nmcli: ['nmcli', 'connection', 'show'],
  qt: pythonProgram('linux/qt.py', 'list'),
}
/** @typedef {keyof typeof COMMANDS} Name */

/** @param {number} rounds */
export async function firstList(rounds) {
  const obstacle = qtObstacle()
  const names = /** @type {Name[]} */ (Object.keys(COMMANDS)).filter(
    (name) => name !== 'qt' || obstacle === null,
  )
  /** Milliseconds: of the whole process, and from its first import to the list, by its own clock. */
  const whole = noTimes()
  const own = noTimes()
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const [file = '', ...args] = COMMANDS[name]
      const start = performance.now()
      const { stdout } = await promisify(execFile)(file, args)
      const ms = performance.now() - start
      if (name !== 'node') mustList(stdout, name)
      if (round < 0) continue
      whole[name].push(ms)
      if (name === 'roamkit' || name === 'qt') own[name].push(JSON.parse(stdout).ms)
    }
  }
  const all = {
    group: GROUP,
    name: 'a process that lists configurations',
    unit: 'ms',
    ours: median(whole.roamkit),
  }
  record({ ...all, reference: median(whole.node), referenceName: 'node -e 0', goal: 1.25 })
  record({ ...all, reference: median(whole.nmcli), referenceName: 'nmcli connection show' })
  const list = {
    group: GROUP,
    name: 'from the first import to the list',
    unit: 'ms',
    ours: median(own.roamkit),
  }
  if (obstacle === null) record({ ...list, reference: median(own.qt), referenceName: `${QT}, in Python` })
  else record({ ...list, referenceName: `${QT}: left out, ${obstacle}` })
}

/** @returns {Record<Name, number[]>} */
const noTimes = () => ({ roamkit: [], node: [], nmcli: [], qt: [] })

/** @param {string} printed @param {string} by */
function mustList(printed, by) {
  const missing = PROFILES.filter((profile) => !printed.includes(profile))
  if (missing.length > 0) throw new Error(`${by} does not list ${missing}: ${printed}`)
}
