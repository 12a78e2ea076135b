import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { networkManager } from '@roamkit/backend-linux'
import type { Adapter, Controls, Waiver } from '@roamkit/conformance'
import type { LinkInterface } from '@roamkit/core'
import { carrier, dhcp, info, nm, status } from '@roamkit/lab-linux'
import { connect } from '@roamkit/sockets'
import { FakeSupplicant } from './fake-supplicant.js'
import { startElsewhere } from './holders-elsewhere.js'
import { sleepNetworkManager } from './sleep.js'

const run = promisify(execFile)

async function nmcli(...args: string[]): Promise<string> {
  return (await run('nmcli', args)).stdout
}

const noWifi = 'this lab has no Wi-Fi; in the Wi-Fi lab the law is kept'
const root = 'the lab runs as root, and NetworkManager permits everything to root'

const waivers: readonly Waiver[] = [
  { law: 'activate-denied', reason: root },
  { law: 'activate-not-supported', reason: root },
  { law: 'deactivate-denied', reason: root },
  { law: 'storing-denied', reason: root },
  { law: 'deactivate-needs-no-permission', reason: root },
  { law: 'deactivate-not-supported', reason: root },
  { law: 'activate-no-deadline', reason: 'NetworkManager runs in real time, and the law waits for an hour' },
  { law: 'scan-finds', reason: noWifi },
  { law: 'scan-when-asked', reason: noWifi },
]

/** Opens the backend and reaches the end of the program. */
const OPEN = `
import { networkManager } from '@roamkit/backend-linux'
import { asyncDispose } from '@roamkit/core/contract'
const after = (ms, run) => { const timer = setTimeout(run, ms).unref(); return () => clearTimeout(timer) }
const host = { clock: { now: () => performance.now(), after }, log() {}, changed() {} }
const backend = await networkManager().open(host, { signal: new AbortController().signal })
`

/** The same, then disposes it. */
const LEAVE = `${OPEN}
await backend[asyncDispose]()
`

/** The same, then reports that the process is still there. */
const STAY = `${OPEN}
setTimeout(() => { console.log('still here'); process.exit() }, 300).unref()
`

/**
 * Real NetworkManager in the lab. Each fixture begins with lab-a up, lab-b and lab-c down, and a further profile on the
 * device of lab-b.
 */
export const networkManagerAdapter: Adapter = {
  name: 'networkmanager',
  waivers,
  quietPeriod: 150,
  timeout: 10_000,
  async setup() {
    const undo: (() => Promise<unknown>)[] = []
    await calm()
    return {
      driver: networkManager(),
      controls: controls(undo),
      async teardown() {
        await repair()
        for (const step of undo.reverse()) await step()
      },
    }
  },
}

/** @param undo what to run when the fixture is torn down, in reverse order */
function controls(undo: (() => Promise<unknown>)[]): Controls {
  return {
    async add() {
      // In front of the lab's own, so that they move.
      const uuid = await addProfile(
        'passing',
        'eth-c',
        `00000000-0000-4000-8000-${randomBytes(6).toString('hex')}`,
      )
      undo.push(() => forget(uuid))
      return uuid
    },
    async needSecret() {
      const right = { password: 'correct horse' }
      const supplicant = await FakeSupplicant.start(right.password)
      undo.push(() => supplicant.stop())
      const id = await addProfile('locked', 'eth-b')
      undo.push(() => forget(id))
      const secured = ['802-1x.eap', 'md5', '802-1x.identity', 'guest', '802-1x.password-flags', '2']
      await nmcli('connection', 'modify', id, ...secured, '802-1x.auth-timeout', '1')
      return { id, right, wrong: { password: 'battery staple' } }
    },
    async unsaved() {
      const id = await addProfile('in memory', 'eth-c', randomUUID(), { isStored: false })
      undo.push(() => forget(id))
      return id
    },
    remove: async (uuid) => void (await nmcli('connection', 'delete', uuid)),
    rename: async (uuid, name) => void (await nmcli('connection', 'modify', uuid, 'connection.id', name)),
    linkUp: async (uuid) => void (await nmcli('connection', 'up', uuid)),
    linkDown: async (uuid) => void (await nmcli('connection', 'down', uuid)),
    flap: async (uuid) => void (await nmcli('connection', 'up', uuid)),
    carrier: (uuid, on) => carrier(labLink(uuid).link, on ? 'up' : 'down'),
    setInRange: (uuid, inRange) => carrier(labLink(uuid).link, inRange ? 'up' : 'down'),
    async nameDefault(uuid) {
      // The last link that is up has the default route.
      const others = info().links.filter((one) => one.uuid !== uuid)
      for (const other of others)
        if (await isActive(other.uuid)) await nmcli('connection', 'down', other.uuid)
    },
    async setPower(power) {
      if (power === 'asleep') undo.push(() => sleepNetworkManager(false))
      await sleepNetworkManager(power === 'asleep')
    },
    async traffic(uuid) {
      const index = info().links.findIndex((one) => one.uuid === uuid)
      await (await fetch(`http://10.91.${index}.1:8080/bytes/50000`)).arrayBuffer()
    },
    async exchangeThrough(uuid, bytes) {
      const shown = await nmcli('--get-values', 'GENERAL.DEVICES', 'connection', 'show', uuid)
      await exchangeThrough(shown.trim(), bytes)
    },
    async failNext(uuid) {
      // The lab does not know the password for this network.
      await nmcli('connection', 'modify', uuid, '802-1x.eap', 'md5', '802-1x.identity', 'guest')
      undo.push(() => nmcli('connection', 'modify', uuid, 'remove', '802-1x'))
    },
    stallNext: () => dhcp.pause(),
    stallAccept: () => nm.pause(),
    release: () => nm.resume(),
    loseService: () => nm.kill(),
    restoreService: () => nm.start(),
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

/** Sends bytes to the lab's Internet, which every link leads to, and receives as many, by a socket that is bound to a device. */
export async function exchangeThrough(device: string, bytes: number): Promise<void> {
  const socket = connect(interfaceOf(device), { host: '203.0.113.1', port: 8080, binding: 'device' })
  socket.write(`POST /bytes/${bytes} HTTP/1.1\r\nHost: 203.0.113.1\r\nContent-Length: ${bytes}\r\n\r\n`)
  socket.end('x'.repeat(bytes))
  // The server closes the connection when it has received everything.
  const answer = await text(socket)
  if (socket.binding !== 'device') throw new Error(`the socket is bound by ${socket.binding}`)
  if (answer.length < bytes) throw new Error(`${bytes} bytes were requested, ${answer.length} came`)
}

/** What `connect()` needs of an interface. */
function interfaceOf(name: string): LinkInterface {
  const addresses = (networkInterfaces()[name] ?? []).flatMap(({ cidr }) => cidr ?? [])
  return {
    name,
    index: null,
    hardwareAddress: null,
    mtu: null,
    addresses,
    gateways: [],
    dns: [],
    searchDomains: [],
  }
}

/** The further profile on the device of lab-b, which stays from fixture to fixture. */
let rival = ''

/** Leaves the lab to other tests with the profiles that it had. */
export async function leaveLab(): Promise<void> {
  if (rival !== '') await forget(rival)
  rival = ''
}

/** The state in which every fixture finds the lab. */
async function calm(): Promise<void> {
  await repair()
  const shown = await nmcli('--terse', '--fields', 'UUID,ACTIVE', 'connection', 'show')
  const isActive = (uuid: string) => shown.includes(`${uuid}:yes`)
  const [a, ...others] = info().links
  for (const uuid of [...others.map((link) => link.uuid), rival])
    if (uuid !== '' && isActive(uuid)) await nmcli('connection', 'down', uuid)
  if (a && !isActive(a.uuid)) await nmcli('connection', 'up', a.uuid)
  if (rival === '' || !shown.includes(rival)) rival = await addProfile('rival', 'eth-b')
}

async function isActive(uuid: string): Promise<boolean> {
  return (await nmcli('--terse', '--fields', 'UUID', 'connection', 'show', '--active')).includes(uuid)
}

/** Starts and resumes everything, and plugs in all cables. */
async function repair(): Promise<void> {
  if (status().nm === null) await nm.start()
  await nm.resume()
  await dhcp.resume()
  await Promise.all(info().links.map(({ link }) => carrier(link, 'up')))
}

async function addProfile(
  name: string,
  device: string,
  id: string = randomUUID(),
  { isStored } = { isStored: true },
): Promise<string> {
  const profile = [
    'type',
    'ethernet',
    'con-name',
    name,
    'ifname',
    device,
    'autoconnect',
    'no',
    'connection.uuid',
    id,
    'save',
    isStored ? 'yes' : 'no',
  ]
  const said = await nmcli('connection', 'add', ...profile)
  return /\(([0-9a-f-]{36})\)/.exec(said)?.[1] ?? ''
}

/** Deletes a profile, if it still exists. */
async function forget(uuid: string): Promise<void> {
  const known = await nmcli('--terse', '--fields', 'UUID', 'connection', 'show')
  if (known.includes(uuid)) await nmcli('connection', 'delete', uuid)
}

function labLink(uuid: string) {
  const found = info().links.find((one) => one.uuid === uuid)
  if (!found) throw new Error(`${uuid} is not a profile of the lab`)
  return found
}
