// The page that has the manager, on a scripted machine. It plays the part of Electron's main process.
import { mock } from '@roamkit/backend-mock'
import { hostManager } from '@roamkit/bridge'
import { byOrder, NetworkConfigurationManager } from '@roamkit/core'

/** @typedef {import('@roamkit/bridge').HostOptions} HostOptions */

const driver = mock({
  configurations: [
    { id: 'cable', name: 'Cable', inRange: false, activate: 'no' },
    { id: 'cafe', name: 'Café', bearer: 'wlan' },
  ],
  activationTime: 5,
  deactivationTime: 5,
})
const manager = await NetworkConfigurationManager.open(driver)
const members = ['cable', 'cafe']
manager.defineServiceNetwork({ identifier: 'uplinks', members, ranking: [byOrder(members)] })
const session = manager.createSession('cafe')

/** Waits until that is so, for five seconds at most. @param {string} what @param {() => boolean} isSo */
async function until(what, isSo) {
  const end = performance.now() + 5000
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`this never came: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** A guest in a worker, and what it reports. @param {HostOptions} options */
function startWorker(options) {
  const worker = new Worker('/worker.js', { type: 'module' })
  const { port1, port2 } = new MessageChannel()
  /** @type {unknown[]} */
  const reports = []
  worker.onmessage = ({ data }) => reports.push(data)
  const guest = hostManager(manager, port1, options)
  worker.postMessage(null, [port2])
  return { worker, guest, reports }
}

/** A guest in a window of its own, which renders a component. @param {HostOptions} options */
async function startWindow(options) {
  const frame = document.createElement('iframe')
  frame.src = '/window'
  document.body.append(frame)
  await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
  const { port1, port2 } = new MessageChannel()
  const guest = hostManager(manager, port1, { ...options, sessions: { uplink: session } })
  frame.contentWindow?.postMessage('connect', location.origin, [port2])
  const text = () => frame.contentDocument?.querySelector('main')?.textContent ?? ''
  return { frame, guest, text }
}

const plugIn = () => {
  driver.world.set('cable', { activate: 'yes' })
  driver.world.setInRange('cable', true)
}
const unplug = () => driver.world.setInRange('cable', false)

const lab = { manager, session, world: driver.world, until, startWorker, startWindow, plugIn, unplug }
/** @typedef {typeof lab} Lab */
globalThis.lab = lab
