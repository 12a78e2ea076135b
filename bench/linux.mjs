// What Roamkit costs on a real NetworkManager, beside what users would use instead: `node bench/linux.mjs [--rounds 5] [SECTION ...]`.
// Outside of a lab it installs what it compares with, and runs itself in `labs/linux/run`.
import { parseArgs } from 'node:util'
import { inside } from '@roamkit/lab-linux'
import { carrierToHandler } from './linux/carrier.mjs'
import { firstList } from './linux/list.mjs'
import { joinAndLeave, openBesideNmcli } from './linux/open.mjs'
import { roamTime } from './linux/roam.mjs'
import { kernelStorm, signalStorm } from './linux/storm.mjs'
import { runInLinuxLab } from './set-up-lab.mjs'

/** @type {Record<string, (rounds: number) => Promise<void>>} */
const SECTIONS = {
  list: firstList,
  open: openBesideNmcli,
  holders: joinAndLeave,
  roam: roamTime,
  carrier: carrierToHandler,
  storm: signalStorm,
  'kernel-storm': kernelStorm,
}

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
})
const rounds = Number(values.rounds)
if (!(rounds >= 1)) throw new RangeError('at least one round')
const names = positionals.length > 0 ? positionals : Object.keys(SECTIONS)
const unknown = names.filter((name) => !(name in SECTIONS))
if (unknown.length > 0) throw new Error(`no such section: ${unknown}; there are ${Object.keys(SECTIONS)}`)

if (!inside) await runInLinuxLab()
else for (const name of names) await SECTIONS[name]?.(rounds)
