import { fileURLToPath } from 'node:url'
import { windows } from '@roamkit/backend-windows'
import { libraries, runNode, world } from '@roamkit/lab-windows'
import { holdersElsewhere } from '../elsewhere/holders-elsewhere.mjs'
import { startLineProcess } from './line-process.mjs'
import { until } from './until.mjs'

/** The DLLs that the backend loads instead of Windows's. */
export const dlls = (({ iphlpapi, wlanapi, sechost, powrprof, rasapi32, netlist }) => ({
  iphlpapi,
  wlanapi,
  sechost,
  powrprof,
  rasapi32,
  netlist,
}))(libraries)

const noPackets = 'the scripted adapters carry no packets, and sockets under Wine follow the routes of Linux'
const everybody = 'Windows lets every user connect and disconnect Wi-Fi'
const RIGHT = 'correct horse'
const WRONG = 'battery staple'
const atOnce = 'WlanConnect passes the request to the service and returns immediately'

/** @type {readonly import('@roamkit/conformance').Waiver[]} */
const waivers = [
  {
    law: 'configuration-renamed',
    reason: 'Windows identifies a profile by its name: a renamed profile is another one',
  },
  { law: 'activate-denied', reason: everybody },
  { law: 'deactivate-denied', reason: everybody },
  { law: 'deactivate-needs-no-permission', reason: everybody },
  { law: 'direct-routing', reason: noPackets },
  { law: 'activate-aborted-waiting', reason: atOnce },
  { law: 'activate-no-deadline', reason: atOnce },
  { law: 'dispose-settles', reason: atOnce },
  { law: 'service-lost-settles', reason: atOnce },
]

/** Opens the backend, and comes to the end of its program. */
const OPEN = `
import { windows } from '@roamkit/backend-windows'
import { asyncDispose } from '@roamkit/core/contract'
const after = (ms, run) => { const timer = setTimeout(run, ms).unref(); return () => clearTimeout(timer) }
const host = { clock: { now: () => performance.now(), after }, log() {}, changed() {} }
const libraries = ${JSON.stringify(dlls)}
const backend = await windows({ libraries }).open(host, { signal: new AbortController().signal })
`

/** The same, and disposes it. */
const LEAVE = `${OPEN}
await backend[asyncDispose]()
`

/** The same, and ends otherwise than by itself when it is still there. */
const STAY = `${OPEN}
setTimeout(() => process.exit(7), 300).unref()
`

const ELSEWHERE = fileURLToPath(new URL('elsewhere-process.mjs', import.meta.url))

/** What an id stands for in the scripted world. @param {string} id */
function placeOf(id) {
  const entry = /^vpn:own\/(.*)$/.exec(id)?.[1]
  if (entry !== undefined) return { entry, profile: null, adapter: null }
  const [, guid, profile] = /^(?:wifi|adapter):([^/]*)(?:\/(.*))?$/.exec(id) ?? []
  const adapter = world('state').adapters.find((/** @type {{ guid: string }} */ one) => one.guid === guid)
  return { entry: null, profile: profile ?? null, adapter: adapter?.name ?? null }
}

/** Scripted Windows: a Wi-Fi adapter with two profiles in range, a cable that is out, a connected VPN. */
export function setScene() {
  world('reset')
  world('adapter add Cable')
  world('adapter add Wi-Fi type=wifi')
  world('wifi add Wi-Fi')
  world('delay associate 10')
  world('delay address 10')
  world('delay disconnect 5')
  world('delay scan 10')
  for (const name of ['Cafe', 'Home']) {
    world(`network add ${name} bssid=02:00:00:00:00:0${name.length - 3} signal=70`)
    world(`profile add Wi-Fi ${name} security=open`)
  }
  world('vpn add Office')
  world('vpn connect Office')
}

/** The user connects Wi-Fi by that profile in the tray; resolves when it has its address. @param {string} profile */
export async function someoneConnects(profile) {
  world(`connect Wi-Fi ${profile}`)
  const isUp = (/** @type {{ name: string, addresses: string[] }} */ { name, addresses }) =>
    name === 'Wi-Fi' && addresses.length > 0
  await until('the address', () => world('state').adapters.some(isUp))
}

/** One driver for all fixtures: what has proven its notifications once need not prove them again. */
const driver = windows({ libraries: dlls, interval: 100, visibleNetworks: true })

/** A host that counts nothing. @param {(event: string, detail?: object) => void} [log] */
export function plainHost(log = () => {}) {
  const after = (/** @type {number} */ ms, /** @type {() => void} */ run) => {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  }
  return { clock: { now: () => performance.now(), after }, log, changed() {} }
}

/** Lets every notification come once. */
export async function prove() {
  setScene()
  const backend = await driver.open(plainHost(), { signal: AbortSignal.timeout(10_000) })
  world('connect Wi-Fi Home')
  await until('events', () => backend.snapshot().updates === 'events')
  await backend[Symbol.asyncDispose]()
}

/** @type {import('@roamkit/conformance').Adapter} */
export const windowsAdapter = {
  name: 'windows',
  waivers,
  quietPeriod: 100,
  timeout: 5_000,
  setup() {
    setScene()
    // The base of the connected entry (rule T2): always up, and no uplink.
    world('adapter add Base type=cellular')
    world('adapter up Base')
    world('adapter address Base add 10.3.0.2/30')
    let added = 0
    /** @type {(() => Promise<void>)[]} */
    const undo = []
    return {
      driver,
      controls: {
        // Before the others in order.
        async add() {
          added += 1
          world(`profile add Wi-Fi Aside${added} security=open`)
          world(`network add Aside${added}`)
          return idOf(`Aside${added}`)
        },
        async remove(id) {
          const { profile } = placeOf(id)
          world(`network remove ${profile}`)
          world(`profile remove Wi-Fi ${profile}`)
        },
        async needSecret() {
          world(`network add Locked key="${RIGHT}"`)
          return { id: idOf('Locked (wpa)'), right: { psk: RIGHT }, wrong: { psk: WRONG } }
        },
        async unsaved() {
          world('network add Bakery')
          return idOf('Bakery (open)')
        },
        refuseStoring: async () => world('storing nobody'),
        async hide() {
          world('network add Hidden found=scan')
          return idOf('Hidden (open)')
        },
        linkUp: async (id) => linkUp(id),
        linkDown: async (id) => linkDown(id),
        flap: async (id) => linkUp(id),
        async carrier(id, carrier) {
          if (carrier) linkUp(id)
          else linkDown(id, 'drop Wi-Fi')
        },
        async setInRange(id, inRange) {
          const { profile } = placeOf(id)
          world(inRange ? `network add ${profile}` : `network remove ${profile}`)
        },
        async nameDefault(id) {
          const { adapter } = placeOf(id)
          // A connected entry has no adapter of its own here, and no route.
          if (adapter !== null) world(`adapter gateway ${adapter} 10.77.0.1`)
        },
        setPower: async (power) => world(`power ${power}`),
        async traffic(id) {
          world(`adapter counters ${placeOf(id).adapter} received=1000000 sent=1000000`)
        },
        // What is lost with WLAN AutoConfig is Wi-Fi alone: service.test.mjs. This is what everything is lost with.
        async loseService() {
          world('iphelper off')
          world('storm 1 kind=interface')
        },
        restoreService: async () => world('iphelper on'),
        failNext: async () => world('fail Wi-Fi wrong-key'),
        stallNext: async () => world('hold Wi-Fi'),
        async elsewhere() {
          const elsewhere = holdersElsewhere(await startLineProcess([ELSEWHERE]))
          undo.push(elsewhere.kill)
          return elsewhere
        },
        async stays() {
          const { code, errors } = await runNode(['--input-type=module', '--eval', STAY], { limit: 40_000 })
          if (code !== 7) throw new Error(`it ended by itself with ${code}: ${errors}`)
        },
        async exits() {
          const { code, errors } = await runNode(['--input-type=module', '--eval', LEAVE], { limit: 40_000 })
          if (code !== 0) throw new Error(`it ended with ${code}: ${errors}`)
        },
      },
      async teardown() {
        world('release Wi-Fi')
        for (const step of undo) await step()
      },
    }
  },
}

/** The id of a profile of the scripted Wi-Fi adapter. @param {string} profile */
function idOf(profile) {
  const { guid } = world('state').adapters.find((/** @type {{ name: string }} */ one) => one.name === 'Wi-Fi')
  return `wifi:${guid}/${profile}`
}

/** @param {string} id */
function linkUp(id) {
  const { entry, profile, adapter } = placeOf(id)
  if (entry !== null) return world(`vpn connect ${entry}`)
  if (profile !== null) return world(`connect Wi-Fi ${profile}`)
  world(`adapter up ${adapter}`)
  world(`adapter address ${adapter} add 10.5.0.2/24`)
}

/** @param {string} id @param {string} [wifi] how a Wi-Fi connection ends */
function linkDown(id, wifi = 'disconnect Wi-Fi') {
  const { entry, profile, adapter } = placeOf(id)
  if (entry !== null) return world(`vpn disconnect ${entry}`)
  if (profile !== null) return world(wifi)
  world(`adapter down ${adapter}`)
}
