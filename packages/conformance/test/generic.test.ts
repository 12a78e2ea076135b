import type { NetworkInterfaceInfo } from 'node:os'
import { fileURLToPath } from 'node:url'
import { generic, type Interfaces } from '@roamkit/backend-generic'
import { VirtualClock } from '@roamkit/backend-mock'
import { expect, test } from 'vitest'
import { compareWithRecord } from '../../../scripts/conformance-record.mjs'
import { type Adapter, type Controls, laws, verdict, type Waiver } from '../src/index.js'
import { exits, stays } from './program.js'
import { report } from './report.js'

const LEAVES = fileURLToPath(new URL('./leave.mjs', import.meta.url))
const STAYS = fileURLToPath(new URL('./stay.mjs', import.meta.url))

const observes = 'the backend only observes: it brings no link up or down'
const cannotStall = 'no call ever waits: each settles at once'
const nameOnly = 'the id of an interface is its name'

/** The laws that are not about observing. */
const waivers: readonly Waiver[] = [
  { law: 'activation-shared', reason: 'scope is null' },
  { law: 'events-without-timers', reason: 'updates is "polling"' },
  { law: 'configuration-renamed', reason: nameOnly },
  { law: 'carrier-followed', reason: 'Node does not list an interface without a carrier' },
  { law: 'range-promises-nothing', reason: 'Node does not list an interface that is out of range' },
  { law: 'range-followed', reason: 'Node does not list an interface that is out of range' },
  { law: 'service-back-truth', reason: 'Node does not list an interface that is out of range' },
  { law: 'default-followed', reason: 'Node does not report the default route' },
  { law: 'power-followed', reason: 'Node does not report that the machine sleeps' },
  {
    law: 'scan-finds',
    reason: 'a scan reads the interfaces again and finds only what the next poll would find',
  },
  { law: 'scan-when-asked', reason: 'it only reads the interfaces, which is not a scan' },
  { law: 'traffic-fresh', reason: 'Node counts no bytes' },
  { law: 'dispose-settles', reason: cannotStall },
  { law: 'service-lost-settles', reason: cannotStall },
  ...[
    'activation-constant',
    'ended-requested',
    'secret-asked',
    'secret-only-when-needed',
    'secret-missing',
    'secret-again',
    'secret-withdrawn',
    'secret-unseen',
    'activate-accepted',
    'activate-does-not-wait',
    'activate-up',
    'activate-under-way',
    'activate-fails',
    'activate-denied',
    'activate-displaces',
    'activate-aborted-before',
    'activate-aborted-waiting',
    'activate-aborted-after',
    'activate-no-deadline',
    'deactivate-takes-down',
    'deactivate-under-way',
    'deactivate-superseded',
    'deactivate-gone',
    'deactivate-denied',
    'deactivate-needs-no-permission',
    'service-lost-accounts',
    'dispose-leaves-links',
  ].map((law) => ({ law, reason: observes })),
  ...laws
    .filter(({ id }) => /^(storing|save|forget)-/.test(id) && id !== 'storing-offered')
    .map(({ id }) => ({ law: id, reason: 'Node knows no profiles: there is nothing to save or to forget' })),
  ...laws
    .filter(({ id }) => id.startsWith('holders-'))
    .map(({ id }) => ({ law: id, reason: 'it brings no links up, so there is nothing to hold' })),
]

function address(address: string): NetworkInterfaceInfo {
  return {
    address,
    cidr: `${address}/24`,
    family: 'IPv4',
    internal: false,
    mac: '02:00:00:00:00:01',
    netmask: '255.255.255.0',
  }
}

/** The generic backend on interfaces that the test supplies. */
const adapter: Adapter = {
  name: 'generic',
  waivers,
  setup() {
    const clock = new VirtualClock()
    let added = 0
    const machine = { isBroken: false, interfaces: { eth0: [address('192.0.2.2')], eth1: [] } as Interfaces }
    const names = new Set(['lo', 'eth0', 'eth1'])
    const unlist = (name: string) => {
      const { [name]: _, ...rest } = machine.interfaces
      machine.interfaces = rest
    }
    const set = (id: string, addresses: NetworkInterfaceInfo[]) => {
      machine.interfaces = { ...machine.interfaces, [id.replace('generic:', '')]: addresses }
    }
    const controls: Controls = {
      async add() {
        added += 1
        names.add(`en${added}`)
        set(`en${added}`, [])
        return `generic:en${added}`
      },
      async remove(id) {
        names.delete(id.replace('generic:', ''))
        unlist(id.replace('generic:', ''))
      },
      linkUp: async (id) => set(id, [address('198.51.100.2')]),
      // Like Node, which does not list an interface without an address.
      linkDown: async (id) => unlist(id.replace('generic:', '')),
      flap: async (id) => set(id, [address('203.0.113.2')]),
      async loseService() {
        machine.isBroken = true
      },
      async restoreService() {
        machine.isBroken = false
      },
      exits: () => exits([LEAVES, 'generic']),
      stays: () => stays([STAYS, 'generic']),
    }
    const read = () => {
      if (machine.isBroken) throw new Error('uv_interface_addresses')
      return machine.interfaces
    }
    return {
      driver: generic({ read, existing: () => names }),
      controls,
      time: { clock, pass: (ms) => clock.advance(ms) },
    }
  },
}

test('the generic backend keeps every law that an observing backend can keep', async () => {
  const verdicts = await verdict(adapter)
  report('generic', verdicts)
  expect(verdicts.filter(({ outcome }) => outcome !== 'kept' && outcome !== 'waived')).toEqual([])
  expect(verdicts.map(({ law }) => law)).toEqual(laws.map(({ id }) => id))

  const tried = 'interfaces supplied by the test, in virtual time'
  const { found, onFile } = compareWithRecord({ backend: 'generic', title: 'generic', tried }, verdicts)
  expect(onFile, 'docs/conformance matches (ROAMKIT_WRITE=1 writes it)').toEqual(found)
})
