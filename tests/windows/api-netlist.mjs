// @ts-nocheck: everything here is bytes and pointers, for which koffi has no types.
// The network list manager and the phonebook, as far as the lab's own tests ask them.
import { kernel, koffi, netlist, ras, soon, text } from './api.mjs'

const guidOf = (text) => {
  const hex = text.replaceAll('-', '')
  const bytes = Buffer.from(hex, 'hex')
  return Buffer.concat([
    bytes.subarray(0, 4).reverse(),
    bytes.subarray(4, 6).reverse(),
    bytes.subarray(6, 8).reverse(),
    bytes.subarray(8),
  ])
}
const IID = {
  unknown: guidOf('00000000-0000-0000-c000-000000000046'),
  factory: guidOf('00000001-0000-0000-c000-000000000046'),
  manager: guidOf('dcb00000-570f-4a9b-8d69-199fdba5723b'),
  cost: guidOf('dcb0000a-570f-4a9b-8d69-199fdba5723b'),
  events: guidOf('dcb00001-570f-4a9b-8d69-199fdba5723b'),
  points: guidOf('b196b284-bab4-101a-b69c-00aa00341d07'),
  bag: guidOf('55272a00-42cb-11ce-8135-00aa004bb851'),
}
const CLASS = guidOf('dcb00c01-570f-4a9b-8d69-199fdba5723b')

/** A method's place in its table, and what it takes after `this`. */
const methods = Object.fromEntries(
  Object.entries({
    query: [0, 'void *iid, _Out_ void **object'],
    release: [2, ''],
    create: [3, 'void *outer, void *iid, _Out_ void **object'],
    networks: [7, 'int which, _Out_ void **enumerator'],
    connections: [9, '_Out_ void **enumerator'],
    managerConnectivity: [13, '_Out_ uint32_t *connectivity'],
    next: [8, 'uint32_t count, _Out_ void **element, _Out_ uint32_t *fetched'],
    name: [7, '_Out_ void **name'],
    times: [14, '_Out_ uint32_t *a, _Out_ uint32_t *b, _Out_ uint32_t *low, _Out_ uint32_t *high'],
    connectivity: [17, '_Out_ uint32_t *connectivity'],
    category: [18, '_Out_ uint32_t *category'],
    network: [7, '_Out_ void **network'],
    adapter: [12, 'void *guid'],
    costOf: [3, '_Out_ uint32_t *cost'],
    point: [4, 'void *iid, _Out_ void **point'],
    advise: [5, 'void *sink, _Out_ uint32_t *cookie'],
    unadvise: [6, 'uint32_t cookie'],
    read: [3, 'str16 name, void *value, void *log'],
  }).map(([name, [place, rest]]) => [
    name,
    {
      place,
      type: koffi.proto(`int32_t __stdcall Lab_${name}(void *self${rest === '' ? '' : `, ${rest}`})`),
    },
  ]),
)

/** A method of an object, bound to it. */
function method(object, name) {
  const { place, type } = methods[name]
  const table = koffi.decode(object, 'void *')
  return koffi.decode(koffi.decode(table, place * 8, 'void *'), type)
}

function call(object, name, ...values) {
  const result = method(object, name)(object, ...values)
  if (result < 0) throw new Error(`${name}: 0x${(result >>> 0).toString(16)}`)
  return result
}

/** What a method gives through its last parameter. */
function got(object, name, ...values) {
  const out = [null]
  call(object, name, ...values, out)
  return out[0]
}

const release = (object) => method(object, 'release')(object)
const getClass = netlist.func(
  'int32_t __stdcall DllGetClassObject(void *class, void *iid, _Out_ void **factory)',
)
const free = koffi.load('oleaut32.dll').func('void __stdcall SysFreeString(void *string)')

function each(enumerator) {
  const found = []
  for (;;) {
    const element = [null]
    if (call(enumerator, 'next', 1, element, [0]) !== 0) break
    found.push(element[0])
  }
  release(enumerator)
  return found
}

function nameOf(network) {
  const string = got(network, 'name')
  const name = text(string)
  free(string)
  return name
}

function portalOf(network) {
  const bag = got(network, 'query', IID.bag)
  const value = Buffer.alloc(24)
  call(bag, 'read', 'NA_InternetConnectivityV4', value, null)
  release(bag)
  return value.readUInt32LE(8)
}

function costOf(connection) {
  const cost = got(connection, 'query', IID.cost)
  const answer = got(cost, 'costOf')
  release(cost)
  return answer
}

/** The network list manager, by its class factory. @returns {any} */
export function networkListManager() {
  const out = [null]
  getClass(CLASS, IID.factory, out)
  const manager = got(out[0], 'create', null, IID.manager)
  return {
    connectivity: () => got(manager, 'managerConnectivity'),
    /** Connections, each with what its network is. */
    connections: () =>
      each(got(manager, 'connections')).map((connection) => {
        const network = got(connection, 'network')
        const times = [[0], [0], [0], [0]]
        call(network, 'times', ...times)
        const facts = {
          name: nameOf(network),
          connectivity: got(network, 'connectivity'),
          category: got(network, 'category'),
          portal: portalOf(network),
          cost: costOf(connection),
        }
        release(network)
        release(connection)
        return { ...facts, since: times[3][0] * 2 ** 32 + times[2][0] }
      }),
    networks(which) {
      const networks = each(got(manager, 'networks', which))
      const names = networks.map(nameOf)
      for (const network of networks) release(network)
      return names
    },
    /** Subscribes to the machine's connectivity, and keeps what it receives. */
    async advise() {
      const container = got(manager, 'query', IID.points)
      const point = got(container, 'point', IID.events)
      const sink = sinkOf()
      const cookie = [0]
      await soon(method(point, 'advise'), point, sink.object, cookie)
      const stop = async () => {
        await soon(method(point, 'unadvise'), point, cookie[0])
        release(container)
        sink.free()
      }
      return { received: sink.received, stop }
    },
    release: () => release(manager),
  }
}

const sinkTypes = Object.fromEntries(
  Object.entries({
    query: 'int32_t __stdcall LabSinkQuery(void *self, void *iid, void *out)',
    count: 'uint32_t __stdcall LabSinkCount(void *self)',
    changed: 'int32_t __stdcall LabSinkChanged(void *self, uint32_t connectivity)',
  }).map(([name, prototype]) => [name, koffi.pointer(koffi.proto(prototype))]),
)

/** INetworkListManagerEvents, in JS. */
function sinkOf() {
  const received = []
  const table = koffi.alloc('void *', 4)
  const object = koffi.alloc('void *', 1)
  const query = (_self, _iid, out) => {
    koffi.encode(out, 'void *', object)
    return 0
  }
  const changed = (_self, connectivity) => {
    received.push(connectivity)
    return 0
  }
  const callbacks = [
    koffi.register(query, sinkTypes.query),
    koffi.register(() => 1, sinkTypes.count),
    koffi.register(() => 1, sinkTypes.count),
    koffi.register(changed, sinkTypes.changed),
  ]
  for (const [place, callback] of callbacks.entries()) koffi.encode(table, place * 8, 'void *', callback)
  koffi.encode(object, 'void *', table)
  const free = () => {
    for (const callback of callbacks) koffi.unregister(callback)
  }
  return { object, received, free }
}
const enumEntries = ras.func(
  'uint32_t __stdcall RasEnumEntriesW(void *reserved, void *phonebook, void *entries, _Inout_ uint32_t *size, _Out_ uint32_t *count)',
)
const enumConnections = ras.func(
  'uint32_t __stdcall RasEnumConnectionsW(void *connections, _Inout_ uint32_t *size, _Out_ uint32_t *count)',
)
const watchConnections = ras.func(
  'uint32_t __stdcall RasConnectionNotificationW(intptr_t connection, void *event, uint32_t flags)',
)
const createEvent = kernel.func(
  'void * __stdcall CreateEventW(void *security, int manual, int set, void *name)',
)
const isSet = kernel.func('uint32_t __stdcall WaitForSingleObject(void *handle, uint32_t milliseconds)')
const close = kernel.func('int __stdcall CloseHandle(void *handle)')

/** What a function that fills a buffer gives: names. `at`: where the name is in an item; `item`: an item's size. */
function names(fill, item, at) {
  const size = [0]
  const count = [0]
  fill(null, size, count)
  const buffer = Buffer.alloc(Math.max(size[0], item))
  buffer.writeUInt32LE(item, 0)
  size[0] = buffer.length
  if (fill(buffer, size, count) !== 0) throw new Error('not enumerated')
  return Array.from({ length: count[0] }, (_, place) => {
    const bytes = buffer.subarray(place * item + at, place * item + at + 514)
    return bytes.toString('utf16le').split('\0')[0]
  })
}

/** @returns {any} */
export const phonebook = {
  entries: () => names((...values) => enumEntries(null, null, ...values), 1048, 4),
  connections: () => names(enumConnections, 1372, 12),
  /** An event that is set by what happens to connections: 1 connected, 2 disconnected. */
  watch() {
    const event = createEvent(null, 0, 0, null)
    watchConnections(-1, event, 3)
    return { isSet: () => isSet(event, 0) === 0, close: () => close(event) }
  },
}
