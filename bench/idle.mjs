// What a program costs that has an open session and nothing to do, beside Node alone and Qt's bearer management, in the same minutes:
// `node bench/idle.mjs [--rounds 5] [--seconds 60]`, or in another lab `labs/networkd/run node bench/idle.mjs networkd`.
import { parseArgs } from 'node:util'
import { inside } from '@roamkit/lab-linux'
import { watchIdling } from './linux/idle.mjs'
import { runInLinuxLab } from './set-up-lab.mjs'

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '60' } },
  allowPositionals: true,
})
const backends = positionals.length > 0 ? positionals : ['networkmanager', 'kernel']
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
if (!(rounds >= 1 && seconds > 0)) throw new RangeError('at least one round, of some seconds')

if (!inside && positionals.length === 0) await runInLinuxLab()
else await watchIdling(backends, { rounds, seconds })
