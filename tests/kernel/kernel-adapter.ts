import { execFile } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { type KernelOptions, kernel } from '@roamkit/backend-linux'
import type { Adapter, Controls, Waiver } from '@roamkit/conformance'
import { connect } from '@roamkit/sockets'
import { startElsewhere } from '../linux/holders-elsewhere.js'
import { Cable, type FarSide, ip, ipAll, SERVER } from './network.js'

const run = promisify(execFile)

const waived: Readonly<Record<string, string>> = {
  'an interface is its own device, and displaces no other one': 'activate-displaces',
  'the name of an interface is its id': 'configuration-renamed',
  'the kernel does not announce sleep': 'power-followed',
  'the kernel is always there':
    'service-lost-shown service-lost-keeps service-lost-refuses service-lost-settles service-lost-accounts service-back-works service-back-truth refusal-order-lost open-without-service dispose-stops-waiting',
  'the kernel answers at once': 'dispose-settles activate-aborted-waiting',
  'to switch an interface on never fails here': 'activate-fails',
  'the suite runs as root, who may do everything; the unit tests refuse':
    'activate-denied deactivate-denied deactivate-needs-no-permission activate-not-supported deactivate-not-supported',
  'the kernel scans for no networks': 'scan-finds scan-when-asked',
  'the kernel asks for no secrets': 'secret-asked secret-missing secret-again secret-withdrawn secret-unseen',
  'the kernel stores no configurations':
    'storing-unknown storing-aborted storing-denied save-stores save-saved forget-deletes forget-in-use forget-unsaved',
  'the kernel runs in real time, and the law waits for an hour': 'activate-no-deadline',
}

const waivers: readonly Waiver[] = Object.entries(waived).flatMap(([reason, laws]) =>
  laws.split(' ').map((law) => ({ law, reason })),
)

/** Opens the backend and reaches the end of the program. */
const OPEN = `
import { kernel } from '@roamkit/backend-linux'
import { asyncDispose } from '@roamkit/core/contract'
const after = (ms, run) => { const timer = setTimeout(run, ms).unref(); return () => clearTimeout(timer) }
const host = { clock: { now: () => performance.now(), after }, log() {}, changed() {} }
const backend = await kernel().open(host, { signal: new AbortController().signal })
`
const LEAVE = `${OPEN}
await backend[asyncDispose]()
`
const STAY = `${OPEN}
setTimeout(() => { console.log('still here'); process.exit() }, 300).unref()
`

/** The kernel of this namespace: each fixture begins with one cable up, and two that are off. */
export function kernelAdapter(far: () => FarSide, options: KernelOptions): Adapter {
  return {
    name: 'kernel',
    waivers,
    quietPeriod: 150,
    timeout: 5000,
    async setup() {
      const undo: (() => Promise<unknown>)[] = []
      const cables: Cable[] = []
      for (const [number, name] of ['kernel-a', 'kernel-b', 'kernel-c'].entries())
        cables.push(await Cable.lay(far(), name, number))
      await cables[0]?.up()
      return {
        driver: kernel(options),
        controls: controls(cables, far(), undo),
        async teardown() {
          for (const step of undo.reverse()) await step()
          for (const cable of cables) await cable.remove()
        },
      }
    },
  }
}

function controls(cables: readonly Cable[], far: FarSide, undo: (() => Promise<unknown>)[]): Controls {
  let added = 0
  const cable = (id: string): Cable => {
    const found = cables.find(({ name }) => id === `kernel:${name}`)
    if (!found) throw new Error(`there is no cable ${id}`)
    return found
  }
  return {
    async add() {
      added += 1
      // In front of the others, so that they move.
      await ip(`link add added${added} type veth peer name beyond${added} netns ${far.pid}`)
      undo.push(() => ip(`link delete added${added}`).catch(() => undefined))
      return `kernel:added${added}`
    },
    remove: async (id) => void (await ip(`link delete ${id.replace('kernel:', '')}`)),
    linkUp: (id) => cable(id).up(),
    linkDown: (id) => cable(id).down(),
    flap: (id) => ipAll([`link set ${cable(id).name} down`, `link set ${cable(id).name} up`]),
    carrier: (id, on) => cable(id).plug(on ? 'in' : 'out'),
    async setInRange(id, inRange) {
      await cable(id).plug(inRange ? 'in' : 'out')
      // The kernel knows whether there is something on the other side only while the interface is on.
      await ip(`link set ${cable(id).name} up`)
    },
    nameDefault: (id) => cable(id).up(1),
    stallNext: (id) => cable(id).plug('out'),
    traffic: (id) => exchangeThrough(cable(id).name, 50_000),
    exchangeThrough: (id, bytes) => exchangeThrough(cable(id).name, bytes),
    async elsewhere() {
      const elsewhere = await startElsewhere()
      undo.push(elsewhere.kill)
      return elsewhere
    },
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

/** Sends bytes to the far side, which every cable leads to, and receives as many, by a socket that is bound to an interface. */
async function exchangeThrough(name: string, bytes: number): Promise<void> {
  const addresses = (networkInterfaces()[name] ?? []).flatMap(({ cidr }) => cidr ?? [])
  const nothing = { index: null, hardwareAddress: null, mtu: null, gateways: [], dns: [], searchDomains: [] }
  const socket = connect({ name, addresses, ...nothing }, { host: SERVER, port: 8080, binding: 'device' })
  socket.end('x'.repeat(bytes))
  const answer = await text(socket)
  if (answer.length < bytes) throw new Error(`${bytes} bytes were sent, ${answer.length} came back`)
}
