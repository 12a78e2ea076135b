import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { networkd as driver } from '@roamkit/backend-linux'
import type { Adapter, Controls, Waiver } from '@roamkit/conformance'
import {
  addDevice,
  carrier,
  dhcp,
  info,
  ip,
  linkDown,
  linkUp,
  networkd,
  removeDevice,
  untilState,
} from '@roamkit/lab-networkd'
import { FakeLogind } from '../linux/fake-logind.js'
import { exchangeThrough } from '../linux/network-manager-adapter.js'
import { calm, repair } from './host.js'

const run = promisify(execFile)

const root = 'the lab runs as root, and networkd permits everything to root'
const noDown = 'networkd has no method on the bus that takes a link down'
const noHolders = 'no link can be taken down, so there is nothing to count holders for'
const noSecrets = 'networkd asks for no secret: wpa_supplicant and iwd have them'
const noStore = 'networkd stores and deletes no configuration: its files are the administrator’s'
const noScan = 'networkd does not scan'
const noCarrierWhileOff = 'an interface that is switched off does not show whether its cable is plugged in'

const waivedFor: Readonly<Record<string, string>> = {
  [root]: 'activate-denied deactivate-denied deactivate-needs-no-permission',
  [noDown]:
    'deactivate-takes-down deactivate-under-way deactivate-superseded deactivate-gone ended-requested',
  [noHolders]:
    'holders-exclude holders-exclude-others holders-count holders-remember holders-die holders-stopping holders-abort holders-dispose',
  [noSecrets]: 'secret-asked secret-missing secret-again secret-withdrawn secret-unseen',
  [noStore]:
    'storing-unknown storing-aborted storing-denied save-stores save-saved forget-deletes forget-in-use forget-unsaved',
  [noScan]: 'scan-finds scan-when-asked',
  [noCarrierWhileOff]: 'range-followed range-promises-nothing service-back-truth',
  'networkd runs in real time, and the law waits for an hour': 'activate-no-deadline',
  'a configuration has the name of its interface, and another name makes it another one':
    'configuration-renamed',
  'an interface has one configuration': 'activate-displaces',
  'the scope is null, because there are no holders to count': 'activation-shared',
}

const waivers: readonly Waiver[] = Object.entries(waivedFor).flatMap(([reason, laws]) =>
  laws.split(' ').map((law) => ({ law, reason })),
)

/** Opens the backend and reaches the end of the program. */
const OPEN = `
import { networkd } from '@roamkit/backend-linux'
import { asyncDispose } from '@roamkit/core/contract'
const after = (ms, run) => { const timer = setTimeout(run, ms).unref(); return () => clearTimeout(timer) }
const host = { clock: { now: () => performance.now(), after }, log() {}, changed() {} }
const backend = await networkd().open(host, { signal: new AbortController().signal })
`

/** The same, then disposes it. */
const LEAVE = `${OPEN}
await backend[asyncDispose]()
`

/** The same, then reports that the process is still there. */
const STAY = `${OPEN}
setTimeout(() => { console.log('still here'); process.exit() }, 300).unref()
`

/** Real systemd-networkd in the lab. Each fixture begins with eth-a up, and eth-b and eth-c switched off. */
export const networkdAdapter: Adapter = {
  name: 'networkd',
  waivers,
  quietPeriod: 150,
  timeout: 10_000,
  async setup() {
    const undo: (() => Promise<unknown>)[] = []
    await calm()
    // It has no carrier, so it cannot be brought up. It stays from fixture to fixture.
    if (!existsSync('/sys/class/net/spare')) await addDevice('spare')
    return {
      driver: driver(),
      controls: controls(undo),
      async teardown() {
        await repair()
        for (const step of undo.reverse()) await step()
      },
    }
  },
}

let added = 0

/** @param undo what to run when the fixture is torn down, in reverse order */
function controls(undo: (() => Promise<unknown>)[]): Controls {
  let logind: FakeLogind | null = null
  return {
    async add() {
      // In front of the lab's own, so that they move.
      const device = `added-${added++}`
      await addDevice(device)
      undo.push(() => removeDevice(device))
      return `networkd:${device}`
    },
    remove: (id) => removeDevice(deviceOf(id)),
    linkUp: (id) => linkUp(linkOf(id)),
    linkDown: (id) => linkDown(linkOf(id)),
    async flap(id) {
      // At once, but not before networkd has finished with the link: see linkDown().
      await untilState(deviceOf(id), 'AdministrativeState', 'configured')
      for (const state of ['down', 'up']) await ip('link', 'set', deviceOf(id), state)
      await untilState(deviceOf(id), 'OperationalState', 'routable')
    },
    carrier: (id, on) => carrier(linkOf(id), on ? 'up' : 'down'),
    async nameDefault(id) {
      // The last link that is up has the default route.
      for (const { link, device } of info().links) if (device !== deviceOf(id)) await linkDown(link)
    },
    async setPower(power) {
      if (logind === null) {
        const started = await FakeLogind.start()
        logind = started
        undo.push(() => started.stop())
      }
      await logind.prepareForSleep(power === 'asleep')
    },
    async traffic(id) {
      const index = info().links.findIndex(({ device }) => device === deviceOf(id))
      await (await fetch(`http://10.91.${index}.1:8080/bytes/50000`)).arrayBuffer()
    },
    exchangeThrough: (id, bytes) => exchangeThrough(deviceOf(id), bytes),
    // networkd switches the interface on, and finds no cable.
    failNext: (id) => carrier(linkOf(id), 'down'),
    stallNext: () => dhcp.pause(),
    stallAccept: () => networkd.pause(),
    release: () => networkd.resume(),
    loseService: () => networkd.kill(),
    restoreService: () => networkd.start(),
    async stays() {
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', STAY], {
        timeout: 10_000,
      })
      if (!stdout.includes('still here')) throw new Error('the process exited by itself')
    },
    async exits() {
      await run(process.execPath, ['--input-type=module', '--eval', LEAVE], { timeout: 60_000 })
    },
  }
}

function deviceOf(id: string): string {
  return id.replace('networkd:', '')
}

function linkOf(id: string): string {
  const found = info().links.find(({ device }) => device === deviceOf(id))
  if (!found) throw new Error(`${id} is not a link of the lab`)
  return found.link
}
