// A process with one manager, which does what its parent says and reports what its sessions do. Its backend is the parent's
// scripted world, by proxy (ROAMKIT_WORLD=mock), or this machine's NetworkManager.
import { networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager, systemClock } from '@roamkit/core'
import { BackendError } from '@roamkit/core/contract'
import { linuxHolders } from '@roamkit/holders'

/** @typedef {import('@roamkit/core/contract').World} World */
/** @typedef {import('./holders-family.js').Order} Order */

const say = (/** @type {object} */ what) => process.connected && process.send?.(what)

/** @returns {import('@roamkit/core/contract').Driver} */
function proxied() {
  /** @type {Map<number, { resolve(value: any): void, reject(reason: unknown): void }>} */
  const calls = new Map()
  let count = 0
  const ask = (/** @type {string} */ command, /** @type {string[]} */ ...parameters) =>
    new Promise((resolve, reject) => {
      count += 1
      calls.set(count, { resolve, reject })
      say({ type: 'call', call: count, command, parameters })
    })
  return {
    contract: 1,
    name: 'proxied',
    async open(host) {
      /** @type {World | null} */
      let world = null
      const first = new Promise((resolve) => {
        process.on('message', (/** @type {any} */ message) => {
          if (message.type === 'world') {
            world = shared(world, message.world)
            host.changed()
            resolve(undefined)
          } else if (message.type === 'answer') {
            const { resolve, reject } = calls.get(message.call) ?? { resolve() {}, reject() {} }
            calls.delete(message.call)
            if (message.error === undefined) resolve(message.value)
            else reject(new BackendError(message.error.code, message.error.message))
          }
        })
      })
      say({ type: 'hello' })
      await first
      const holders = await linuxHolders({ clock: host.clock, log: host.log, name: 'stormy' })
      return {
        snapshot: () => /** @type {World} */ (world),
        activate: (id) => ask('activate', id),
        deactivate: (id, activation) => ask('deactivate', id, activation),
        scan: async () => undefined,
        recheck: async () => undefined,
        traffic: () => null,
        holders,
        async [Symbol.asyncDispose]() {
          await holders?.[Symbol.asyncDispose]()
        },
      }
    },
  }
}

/** The new world, with what did not change as the objects that they were. @param {World | null} before @param {World} after */
function shared(before, after) {
  const known = new Map(before?.configurations.map((one) => [one.id, one]))
  const configurations = after.configurations.map((one) => {
    const old = known.get(one.id)
    return old !== undefined && JSON.stringify(old) === JSON.stringify(one) ? old : Object.freeze(one)
  })
  return Object.freeze({ ...after, configurations })
}

const driver = process.env.ROAMKIT_WORLD === 'mock' ? proxied() : networkManager()
/** @type {import('@roamkit/core/contract').Backend | null} */
let backend = null
/** @type {import('@roamkit/core/contract').Driver} */
const watched = {
  ...driver,
  async open(host, call) {
    backend = await driver.open(host, call)
    return backend
  },
}
const manager = await NetworkConfigurationManager.open(watched, {
  clock: systemClock,
  // Nothing is lost for a moment only in these worlds: every loss is to show.
  lossGrace: 0,
})
say({ type: 'ready', isShared: manager.capabilities.systemSessionSupport })

/** @type {Map<string, import('@roamkit/core').NetworkSession>} */
const sessions = new Map()

/** @param {string} id */
function sessionOn(id) {
  const known = sessions.get(id)
  if (known !== undefined) return known
  const session = manager.createSession(id)
  sessions.set(id, session)
  session.on('error', ({ code, reason }) => {
    const facts = backend?.snapshot().configurations.find((one) => one.id === id)
    const { link, activation, carrier, ended } = facts ?? {}
    say({ type: 'error', id, code, reason, facts: JSON.stringify({ link, activation, carrier, ended }) })
  })
  session.on('opened', () => say({ type: 'opened', id }))
  session.on('closed', () => say({ type: 'closed', id }))
  return session
}

process.on('message', (/** @type {any} */ message) => {
  if (message.type !== 'order') return
  const { order, verb, id } = /** @type {Order} */ (message)
  if (verb === 'leave') {
    void manager.close().then(() => process.disconnect())
    return
  }
  if (verb === 'holders') {
    say({ type: 'done', order, outcome: 'resolved', value: manager.holders(id) })
    return
  }
  const session = sessionOn(id)
  session[verb]().then(
    () => say({ type: 'done', order, outcome: 'resolved', value: session.isOpen }),
    (/** @type {any} */ { code, reason, message }) =>
      say({ type: 'done', order, outcome: `${code}/${reason}`, value: message }),
  )
})
