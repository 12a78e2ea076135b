// One contestant in a process of its own: `node client.mjs NAME ADDRESS INTERNALS`. Commands come on standard input, as in ../sd-bus.c: `signals 100`
// receives so many, `objects 1` asks for all objects so often. Answers are microseconds of CPU time, all threads of the process included.
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect as connectSocket } from 'node:net'
import { createInterface } from 'node:readline'

/** @typedef {{ objects?: () => Promise<unknown> }} Contestant what it does for `objects`; signals come by themselves */

const load = createRequire(new URL('../../packages/backend-linux/package.json', import.meta.url))

const NM = 'org.freedesktop.NetworkManager'
const ROOT = '/org/freedesktop'
const DAEMON = 'org.freedesktop.DBus'
const OBJECT_MANAGER = `${DAEMON}.ObjectManager`
const RULE = `type='signal',sender='${NM}',path_namespace='${ROOT}'`
const SIGNAL = 4
const PROLOGUE = 16

const [name = '', address = '', internals = ''] = process.argv.slice(2)

let received = 0
let awaited = 0
let finish = () => {}

function count() {
  received += 1
  if (received === awaited) finish()
}

/** @param {string} member @param {string} [rule] */
const toDaemon = (member, rule) => ({
  ...{ destination: DAEMON, path: '/org/freedesktop/DBus', interface: DAEMON, member },
  ...(rule !== undefined && { signature: 's', body: [rule] }),
})
const allObjects = { path: ROOT, interface: OBJECT_MANAGER, member: 'GetManagedObjects' }

/** @type {Record<string, () => Promise<Contestant>>} */
const contestants = {
  /** Cuts the bytes into messages by their lengths, and counts them: what no reader in Node can do without. */
  async framing() {
    const { marshalCall } = await import(internals)
    /** The beginning of a message whose length is in the next chunk, and how many bytes of a message are still to come. */
    let rest = Buffer.alloc(0)
    let left = 0
    let isReady = false
    const read = (/** @type {Buffer} */ chunk) => {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      let at = Math.min(left, bytes.length)
      left -= at
      while (left === 0 && bytes.length - at >= PROLOGUE) {
        const length = PROLOGUE + Math.ceil(bytes.readUInt32LE(at + 12) / 8) * 8 + bytes.readUInt32LE(at + 4)
        if (bytes[at + 1] === SIGNAL) count()
        left = Math.max(0, length - (bytes.length - at))
        at += length - left
      }
      rest = left === 0 && at < bytes.length ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0)
    }
    /** @type {(chunk: Buffer) => void} */
    let authenticated = () => {}
    const buffer = Buffer.allocUnsafeSlow(64 * 1024)
    const socket = connectSocket({
      path: address.replace('unix:path=', ''),
      onread: {
        buffer,
        callback(length) {
          if (isReady) read(buffer.subarray(0, length))
          else authenticated(buffer.subarray(0, length))
          return true
        },
      },
    })
    const answer = new Promise((resolve) => {
      authenticated = resolve
    })
    socket.write(`\0AUTH EXTERNAL ${Buffer.from(`${process.getuid?.()}`).toString('hex')}\r\n`)
    await answer
    isReady = true
    socket.write('BEGIN\r\n')
    socket.write(marshalCall(toDaemon('Hello'), 1))
    socket.write(marshalCall(toDaemon('AddMatch', RULE), 2))
    await new Promise((resolve) => setTimeout(resolve, 200))
    return {}
  },

  /** `sessionBus()` of dbus-next with a listener for messages. */
  async 'dbus-next'() {
    const { Message, sessionBus } = load('dbus-next')
    const options = { busAddress: address.replace('path=', 'socket='), authMethods: ['EXTERNAL'] }
    const bus = sessionBus(/** @type {any} */ (options))
    await once(bus, 'connect')
    bus.on('message', (/** @type {{ member: string, body: unknown[] }} */ message) => {
      if (message.member === 'PropertiesChanged' && message.body.length === 3) count()
    })
    await bus.call(new Message(toDaemon('AddMatch', RULE)))
    return { objects: () => bus.call(new Message({ destination: NM, ...allObjects })) }
  },

  /** What backend-linux has of NetworkManager's objects, without any use of it. */
  async mirror() {
    const { connect, Mirror } = await import(internals)
    const mirror = new Mirror()
    const bus = await connect(address, {
      ...{ clock: systemClock, deadline: null },
      watch: {
        ...{ service: NM, namespace: ROOT, owner() {} },
        signal(/** @type {unknown} */ signal) {
          mirror.apply(signal)
          count()
        },
      },
    })
    const objects = () => bus.call({ destination: bus.owner, ...allObjects }, { deadline: null })
    mirror.fill((await objects())[0])
    return { objects }
  },

  /** The same without objects, for a first answer. */
  async values() {
    const { connect } = await import(internals)
    const watch = { service: NM, namespace: ROOT, owner() {}, signal() {} }
    const bus = await connect(address, { clock: systemClock, deadline: null, watch })
    return { objects: () => bus.call({ destination: bus.owner, ...allObjects }, { deadline: null }) }
  },

  /** Core's listeners, on the whole stack as an application has it. */
  async listener() {
    const { NetworkConfigurationManager } = await import('@roamkit/core')
    const { inProcessHolders } = await import('@roamkit/core/testing')
    const { networkManager } = await import('@roamkit/backend-linux')
    const driver = networkManager({ busAddress: address, sys: '/nowhere' })
    // Others of this machine are none of its business.
    const manager = await NetworkConfigurationManager.open(driver, { holders: inProcessHolders(new Map()) })
    const session = manager.createSession(manager.defaultConfiguration())
    await session.open()
    let changes = 0
    let metered = session.configuration.metered?.value
    session.on('stateChanged', () => {
      throw new Error('the session is meant to stay open')
    })
    manager.on('configurationChanged', (configuration) => {
      changes += 1
      if (
        configuration.identifier !== session.configuration.identifier ||
        configuration.metered?.value === metered
      )
        return
      metered = configuration.metered?.value
      if (process.env.ROAMKIT_BENCH_CHANGES) console.error(`${changes} changes, ${awaited} signals`)
      changes = 0
      finish()
    })
    return {}
  },
}

/** Of a bus without deadlines. */
const systemClock = { now: () => performance.now(), after: () => () => {} }

/** Microseconds. */
function cpu() {
  const { user, system } = process.cpuUsage()
  return user + system
}

const contestant = await contestants[name]?.()
console.log('ready')
for await (const line of createInterface(process.stdin)) {
  const [command, times = '0'] = line.split(' ')
  const start = cpu()
  if (command === 'signals') {
    received = 0
    awaited = Number(times)
    const finished = new Promise((resolve) => {
      finish = () => resolve(undefined)
    })
    console.log('go')
    await finished
  } else for (let time = 0; time < Number(times); time += 1) await contestant?.objects?.()
  console.log(cpu() - start)
}
process.exit()
