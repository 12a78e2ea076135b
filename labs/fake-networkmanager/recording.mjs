// Recordings of what is said to and by NetworkManager: made comparable, so that two runs, or NetworkManager and the fake, say the same.

const NM = 'org.freedesktop.NetworkManager'
const PREFIX = '/org/freedesktop/NetworkManager/'

/** @typedef {import('../wifi/guest/recorder.mjs').RawMessage} RawMessage */

/**
 * A line of a recording. Objects have names instead of numbers (`Devices/wlan0`), and interfaces are without their common prefix.
 *
 * @typedef {Act | Changed | Added | Removed | Said | Call | Answer | Refusal} Line
 * @typedef {{ at: number, act: string, args: any[] }} Act what the scenario does to the air or the cable: a control of the Wi-Fi lab
 * @typedef {{ changed: string, on: string, to: Record<string, unknown> }} Changed `PropertiesChanged`
 * @typedef {{ added: string, interfaces: Record<string, Record<string, unknown>> }} Added `InterfacesAdded`
 * @typedef {{ removed: string, interfaces: string[] }} Removed `InterfacesRemoved`
 * @typedef {{ said: string, on: string, body: unknown[] }} Said any other signal, with its interface
 * @typedef {{ at: number, call: string, number: number, on: string, from: string, body: unknown[] }} Call of a method, with its interface
 * @typedef {{ answer: number, body: unknown[] }} Answer to the call of that number
 * @typedef {{ refusal: number, error: string }} Refusal
 */

/** What other programs read says nothing about NetworkManager. */
const READS = new Set([
  'Get',
  'GetAll',
  'GetManagedObjects',
  'GetSettings',
  'GetPermissions',
  'Introspect',
  'Ping',
])

/** Interfaces and properties that are nowhere the same twice, and that nothing here reads. */
const DROPPED_INTERFACES = new Set([`${NM}.Device.Statistics`])
const DROPPED_PROPERTIES = new Set(['LastSeen', 'Timestamp'])
/** DHCP options and settings that are times. */
const TIMES = new Set(['expiry', 'timestamp'])

/**
 * The scenes of a raw recording.
 *
 * @param {string} raw JSON lines, as the recorder writes them
 * @returns {Map<string, Line[]>}
 */
export function scenesOf(raw) {
  /** @type {any[]} */
  const lines = raw
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  const owner = lines.find((line) => 'owner' in line)?.owner ?? ''
  const ours = new Set(lines.filter(({ isOurs }) => isOurs).map(({ client }) => client))
  const names = new Names()
  for (const { message } of lines) if (message) names.learn(message)
  /** @type {Map<string, Line[]>} */
  const scenes = new Map()
  /** @type {Normaliser | null} */
  let normaliser = null
  for (const line of lines) {
    if (line.scene === null) normaliser = null
    else if (line.scene) {
      normaliser = new Normaliser(names, { owner, isOurs: (client) => ours.has(client) })
      scenes.set(line.scene, normaliser.lines)
    } else if (line.act) normaliser?.act(line.at, line.act, line.args)
    else if (line.message) normaliser?.take(line.message)
  }
  for (const [name, all] of scenes) scenes.set(name, fromFirstRead(all))
  return scenes
}

/**
 * A recording begins when a client has read everything, because only then is it known what there is. It ends when a client changes profiles by
 * hand.
 *
 * @param {Line[]} lines
 */
function fromFirstRead(lines) {
  const begin = lines.findIndex((line) => 'call' in line && line.call === 'ObjectManager.GetManagedObjects')
  const rest = lines.slice(begin)
  const end = rest.findIndex((line) => 'call' in line && line.call === 'Settings.ReloadConnections')
  return end < 0 ? rest : rest.slice(0, end)
}

/** Variants and bytes as plain values: what a signature says is in the table of types. @param {unknown} value @returns {any} */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if ('signature' in value && 'value' in value) return plain(value.value)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}

/** The names of objects, by what they are: a device by its interface, an access point by its address, a profile by its id. */
export class Names {
  /** @type {Map<string, string>} */
  #byPath = new Map()
  /** @type {Map<string, string>} the paths that were asked for their settings, by caller and serial */
  #asked = new Map()

  /** @param {RawMessage} message */
  learn({ kind, from, to, serial, replyTo, path, member, body }) {
    if (kind === 'call' && member === 'GetSettings') this.#asked.set(`${from} ${serial}`, path)
    else if (kind === 'answer') {
      const profile = this.#asked.get(`${to} ${replyTo}`)
      const [first] = plain(body)
      if (profile !== undefined) this.#name(profile, first.connection.id)
      else if (first?.[PREFIX.slice(0, -1)] !== undefined)
        for (const [object, interfaces] of Object.entries(first)) this.#learnObject(object, interfaces)
    } else if (member === 'InterfacesAdded') this.#learnObject(plain(body[0]), plain(body[1]))
    else if (member === 'PropertiesChanged') this.#learnObject(path, { [String(body[0])]: plain(body[1]) })
  }

  /** @param {string} path @param {Record<string, any>} interfaces */
  #learnObject(path, interfaces) {
    const device = interfaces[`${NM}.Device`]
    if (device?.Interface) this.#name(path, device.Interface)
    const own = this.#byPath.get(path)?.replace(/^.*\//, '')
    for (const name of ['Ip4Config', 'Ip6Config', 'Dhcp4Config', 'Dhcp6Config'])
      if (own !== undefined && device?.[name]?.startsWith(PREFIX)) this.#name(device[name], own)
    const accessPoint = interfaces[`${NM}.AccessPoint`]
    // One that does not announce its name may be there a second time, with its name.
    const suffix = accessPoint?.Ssid?.bytes === '' ? ' hidden' : ''
    if (accessPoint?.HwAddress) this.#name(path, `${accessPoint.HwAddress}${suffix}`)
  }

  /** @param {string} path @param {string} name */
  #name(path, name) {
    this.#byPath.set(path, `${path.slice(PREFIX.length).replace(/\/.*$/, '')}/${name}`)
  }

  /** @param {string} path */
  of(path) {
    return this.#byPath.get(path)
  }
}

/** Makes lines of messages. */
export class Normaliser {
  /** @type {Line[]} */
  lines = []
  /** The objects without a name of their own, in the order of their appearance in the scene. @type {Map<string, string>} */
  #numbered = new Map()
  /** @type {Map<string, number>} */
  #counts = new Map()
  /** @type {Map<string, number>} numbers of the calls that are kept */
  #calls = new Map()
  /** @type {Map<number, number>} */
  #scans = new Map()
  /** @type {number | null} */
  #began = null
  #names
  #owner
  #isOurs

  /** @param {Names} names @param {{ owner: string, isOurs: (client: string) => boolean }} bus */
  constructor(names, { owner, isOurs }) {
    this.#names = names
    this.#owner = owner
    this.#isOurs = isOurs
  }

  /** @param {number} now @param {string} act @param {any[]} args */
  act(now, act, args) {
    this.lines.push({ at: this.#since(now), act, args })
  }

  /** Seconds since the first message. @param {number} now */
  #since(now) {
    this.#began ??= now
    return Number((now - this.#began).toFixed(3))
  }

  /** @param {RawMessage} message */
  take(message) {
    this.#since(message.at)
    if (message.kind === 'signal') this.#signal(message)
    else if (message.kind === 'call') this.#call(message)
    else this.#answer(message)
  }

  /** @param {RawMessage} message */
  #signal({ from, path, interface: name, member, body }) {
    if (from !== this.#owner) return
    const on = this.#path(path)
    if (member === 'PropertiesChanged') {
      const [changed, properties] = /** @type {[string, object]} */ (body)
      if (DROPPED_INTERFACES.has(changed)) return
      const to = this.#properties(properties)
      if (Object.keys(to).length > 0) this.lines.push({ changed: short(changed), on, to })
    } else if (member === 'InterfacesAdded') {
      const [added, interfaces] = /** @type {[string, object]} */ (body)
      this.lines.push({ added: this.#path(added), interfaces: this.#interfaces(interfaces) })
    } else if (member === 'InterfacesRemoved') {
      const [removed, interfaces] = /** @type {[string, string[]]} */ (body)
      this.lines.push({ removed: this.#path(removed), interfaces: interfaces.map(short) })
    } else this.lines.push({ said: `${short(name)}.${member}`, on, body: this.#value(body) })
  }

  /** @param {RawMessage} message */
  #call({ at, from, serial, path, interface: name, member, body }) {
    const isOfAgent = from === this.#owner && name === `${NM}.SecretAgent`
    if (from === this.#owner ? !isOfAgent : !this.#isOurs(from) && READS.has(member)) return
    const number = this.#calls.size + 1
    this.#calls.set(`${from} ${serial}`, number)
    const by = isOfAgent ? 'NetworkManager' : this.#isOurs(from) ? 'roamkit' : 'nmcli'
    const call = `${short(name)}.${member}`
    this.lines.push({
      at: this.#since(at),
      call,
      number,
      on: this.#path(path),
      from: by,
      body: this.#value(body),
    })
  }

  /** @param {RawMessage} message */
  #answer({ kind, to, replyTo, member, body }) {
    const number = this.#calls.get(`${to} ${replyTo}`)
    if (number === undefined) return
    if (kind === 'error') return void this.lines.push({ refusal: number, error: member })
    const [first] = plain(body)
    const isEverything = first?.[PREFIX.slice(0, -1)] !== undefined
    this.lines.push({ answer: number, body: isEverything ? [this.#objects(body[0])] : this.#value(body) })
  }

  /** @param {any} objects */
  #objects(objects) {
    const number = (/** @type {string} */ path) => Number(/\d+$/.exec(path)?.[0] ?? 0)
    const paths = Object.keys(objects).sort((one, other) => number(one) - number(other))
    return sorted(paths.map((path) => [this.#path(path), this.#interfaces(objects[path])]))
  }

  /** @param {object} interfaces */
  #interfaces(interfaces) {
    const kept = Object.entries(interfaces).filter(([name]) => !DROPPED_INTERFACES.has(name))
    return sorted(kept.map(([name, properties]) => [short(name), this.#properties(properties)]))
  }

  /** @param {object} properties */
  #properties(properties) {
    const kept = Object.entries(properties).filter(([name]) => !DROPPED_PROPERTIES.has(name))
    return sorted(kept.map(([name, value]) => [name, this.#property(name, plain(value))]))
  }

  /** @param {string} name @param {any} value */
  #property(name, value) {
    if (name !== 'LastScan') return this.#value(value)
    if (!this.#scans.has(value)) this.#scans.set(value, this.#scans.size)
    return `scan ${this.#scans.get(value)}`
  }

  /** @param {unknown} given @returns {any} */
  #value(given) {
    const value = plain(given)
    if (typeof value === 'string') return this.#path(value)
    if (Array.isArray(value)) return value.map((one) => this.#value(one))
    if (typeof value !== 'object' || value === null) return value
    if ('bytes' in value) return value
    const entry = (/** @type {[string, unknown]} */ [key, one]) =>
      /** @type {const} */ ([key, TIMES.has(key) ? 'a time' : this.#value(one)])
    return sorted(Object.entries(value).map(entry))
  }

  /** @param {string} path */
  #path(path) {
    if (!path.startsWith(PREFIX)) return path === PREFIX.slice(0, -1) ? 'NetworkManager' : path
    const named = this.#names.of(path)
    if (named !== undefined) return named
    const rest = path.slice(PREFIX.length)
    if (!/\/\d+$/.test(rest)) return rest
    const known = this.#numbered.get(rest)
    if (known !== undefined) return known
    const kind = rest.replace(/\/.*$/, '')
    const count = (this.#counts.get(kind) ?? 0) + 1
    this.#counts.set(kind, count)
    this.#numbered.set(rest, `${kind}/${count}`)
    return `${kind}/${count}`
  }
}

/** @param {string} name */
const short = (name) =>
  name === NM ? 'Manager' : name.replace(`${NM}.`, '').replace('org.freedesktop.DBus.', '')

/** @template T @param {(readonly [string, T])[]} entries */
const sorted = (entries) =>
  Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)))
