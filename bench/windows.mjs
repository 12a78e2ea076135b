// What Roamkit costs under node.exe, beside what users would use instead: `node bench/windows.mjs [--rounds 5]`. It needs the Windows lab: Wine, with
// scripted DLLs. So these are no figures of Windows; their ratios show what is Roamkit's own.
import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { root } from '../scripts/run-command.mjs'
import { beside, median, record } from './results.mjs'

const GROUP = 'On Windows under Wine'
const LIMIT = '900'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)
if (!(rounds >= 1)) throw new RangeError('at least one round')

const args = ['--node', '22', '--limit', LIMIT, `${root}bench/windows/inside.mjs`, String(rounds)]
const { stdout } = await promisify(execFile)(`${root}labs/windows/run`, args)
const { lists, cable, storm, programs } = JSON.parse(stdout)

const list = {
  group: GROUP,
  name: 'a process that lists configurations',
  unit: 'ms',
  ours: median(lists.whole),
}
record({ ...list, reference: median(lists.node), referenceName: 'node.exe -e 0' })
for (const [program, obstacle] of Object.entries(programs))
  record({ ...list, referenceName: `${program}: ${obstacle ?? 'it can run, and is not measured'}` })
record({ group: GROUP, name: 'from the first import to the list', unit: 'ms', ours: median(lists.own) })
const change = {
  ...{
    group: GROUP,
    name: 'processor time for a change of a cable',
    unit: 'µs',
    ours: median(cable.roamkit),
  },
}
record({ ...change, ...beside('os.networkInterfaces() every second', median(cable.polling)) })
// The lab's own thread, which compares the tables 25 times a second, is in ours and in this one.
record({
  ...{ ...change, reference: median(cable.bare) },
  referenceName: 'os.networkInterfaces() at each NotifyIpInterfaceChange, by koffi',
})
record({
  ...{
    group: GROUP,
    name: 'processor time for a notification of a storm',
    unit: 'µs',
    ours: median(storm.roamkit),
  },
  ...{
    reference: median(storm.bare),
    referenceName: 'an empty callback of NotifyIpInterfaceChange, by koffi',
  },
})
