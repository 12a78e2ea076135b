import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connman as driver } from '@roamkit/backend-linux'
import type { Adapter, Controls, Waiver } from '@roamkit/conformance'
import { carrier, connect, connman, dhcp, disconnect, info, state } from '@roamkit/lab-connman'
import { calm, repair } from './calm.js'

const run = promisify(execFile)

const waived: Readonly<Record<string, string>> = {
  'ConnMan makes a service for each cable, and it cannot be added, removed or renamed':
    'configuration-added configuration-removed configuration-renamed snapshot-sharing',
  'each cable has a device of its own': 'activate-displaces',
  'ConnMan itself asks for no permission: the bus decides who may call it':
    'activate-denied activate-not-supported deactivate-denied deactivate-needs-no-permission deactivate-not-supported storing-denied',
  'ConnMan runs in real time, and the law waits for an hour': 'activate-no-deadline',
  'ConnMan tries for two minutes before an activation of a cable fails': 'activate-fails',
  'this lab has no Wi-Fi, and cables need no secrets; on a fake ConnMan the law is tried':
    'secret-asked secret-missing secret-again secret-withdrawn secret-unseen',
  'this lab has no Wi-Fi, and ConnMan never forgets a cable':
    'scan-finds scan-when-asked storing-aborted save-stores save-saved forget-deletes forget-in-use forget-unsaved',
  'ConnMan does not announce sleep, and the lab has no logind': 'power-followed',
  'ConnMan does not name activations, so holders are counted in one process':
    'holders-exclude holders-exclude-others holders-count holders-remember holders-die holders-stopping holders-abort holders-dispose',
}

const waivers: readonly Waiver[] = Object.entries(waived).flatMap(([reason, laws]) =>
  laws.split(' ').map((law) => ({ law, reason })),
)

/** Opens the backend and reaches the end of the program. */
const OPEN = `
import { connman } from '@roamkit/backend-linux'
import { asyncDispose } from '@roamkit/core/contract'
const after = (ms, run) => { const timer = setTimeout(run, ms).unref(); return () => clearTimeout(timer) }
const host = { clock: { now: () => performance.now(), after }, log() {}, changed() {} }
const backend = await connman().open(host, { signal: new AbortController().signal })
`

/** The same, then disposes it. */
const LEAVE = `${OPEN}
await backend[asyncDispose]()
`

/** The same, then reports that the process is still there. */
const STAY = `${OPEN}
setTimeout(() => { console.log('still here'); process.exit() }, 300).unref()
`

/** Real ConnMan in the lab. Each fixture begins with link a connected, and the others disconnected. */
export const connmanAdapter: Adapter = {
  name: 'connman',
  waivers,
  // ConnMan lists a service up to 100 ms after it has changed.
  quietPeriod: 200,
  timeout: 10_000,
  async setup() {
    await calm()
    return { driver: driver(), controls, teardown: repair }
  },
}

const controls: Controls = {
  linkUp: (id) => connect(linkOf(id)),
  linkDown: (id) => disconnect(linkOf(id)),
  async flap(id) {
    await disconnect(linkOf(id))
    await connect(linkOf(id))
  },
  carrier: (id, on) => carrier(linkOf(id), on ? 'up' : 'down'),
  setInRange: (id, inRange) => carrier(linkOf(id), inRange ? 'up' : 'down'),
  async nameDefault(id) {
    // The service that was connected first has the default route.
    for (const { link, service } of info().links)
      if (service !== id && (await isConnected(link))) await disconnect(link)
  },
  async traffic(id) {
    const index = info().links.findIndex(({ service }) => service === id)
    await (await fetch(`http://10.91.${index}.1:8080/bytes/50000`)).arrayBuffer()
  },
  stallNext: () => dhcp.pause(),
  stallAccept: () => connman.pause(),
  release: () => connman.resume(),
  loseService: () => connman.kill(),
  restoreService: () => connman.start(),
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

async function isConnected(link: string): Promise<boolean> {
  return ['ready', 'online'].includes((await state(link)) ?? '')
}

function linkOf(id: string): string {
  const found = info().links.find(({ service }) => service === id)
  if (!found) throw new Error(`${id} is not a service of the lab`)
  return found.link
}
