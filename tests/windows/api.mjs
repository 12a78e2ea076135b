// @ts-nocheck: everything here is bytes and pointers, for which koffi has no types.
// The functions of Windows that the lab's own tests call, and how what they give is read. Nothing of the backend's.

import { libraries } from '@roamkit/lab-windows'
import koffi from 'koffi'

const ip = koffi.load(libraries.iphlpapi)
const wlan = koffi.load(libraries.wlanapi)
const ras = koffi.load(libraries.rasapi32)
const netlist = koffi.load(libraries.netlist)
const kernel = koffi.load('kernel32.dll')

const rowCallback = koffi.pointer(koffi.proto('void __stdcall LabRow(void *context, void *row, int type)'))
koffi.struct('LabHint', {
  level: 'uint32_t',
  cost: 'uint32_t',
  approaching: 'uint8_t',
  over: 'uint8_t',
  roaming: 'uint8_t',
})
const hintCallback = koffi.pointer(koffi.proto('void __stdcall LabHintChanged(void *context, LabHint hint)'))
const wlanCallback = koffi.pointer(koffi.proto('void __stdcall LabWlan(void *data, void *context)'))

/** A call that must succeed; what it gave through its last parameter. */
function must(result, name) {
  if (result !== 0) throw new Error(`${name}: ${result}`)
}

/** On another thread: for what waits for callbacks in flight. */
export const soon = (bound, ...values) =>
  new Promise((resolve, reject) =>
    bound.async(...values, (error, result) => (error ? reject(error) : resolve(result))),
  )

const notify = Object.fromEntries(
  ['NotifyIpInterfaceChange', 'NotifyUnicastIpAddressChange', 'NotifyRouteChange2'].map((name) => [
    name,
    ip.func(
      `uint32_t __stdcall ${name}(uint16_t family, void *callback, void *context, uint8_t initial, _Out_ void **handle)`,
    ),
  ]),
)
const notifyHint = ip.func(
  'uint32_t __stdcall NotifyNetworkConnectivityHintChange(void *callback, void *context, uint8_t initial, _Out_ void **handle)',
)
const cancel = ip.func('uint32_t __stdcall CancelMibChangeNotify2(void *handle)')

/** Registers, and keeps what it receives. `result` is the function's. @param {string} name @returns {any} */
export function watch(name) {
  const received = []
  const isHint = name === 'NotifyNetworkConnectivityHintChange'
  const callback = isHint
    ? koffi.register((_, hint) => received.push({ level: hint.level, cost: hint.cost }), hintCallback)
    : koffi.register((_, row, type) => row && received.push({ type, index: indexOf(name, row) }), rowCallback)
  const handle = [null]
  const result = isHint ? notifyHint(callback, null, 0, handle) : notify[name](0, callback, null, 0, handle)
  const stop = async () => {
    if (result === 0) must(await soon(cancel, handle[0]), 'CancelMibChangeNotify2')
    koffi.unregister(callback)
  }
  return { received, result, stop }
}

/** InterfaceIndex in MIB_IPINTERFACE_ROW, MIB_UNICASTIPADDRESS_ROW, MIB_IPFORWARD_ROW2. */
function indexOf(name, row) {
  const at = { NotifyIpInterfaceChange: 16, NotifyUnicastIpAddressChange: 40, NotifyRouteChange2: 8 }[name]
  return koffi.decode(row, at, 'uint32_t')
}

const getAdapters = ip.func(
  'uint32_t __stdcall GetAdaptersAddresses(uint32_t family, uint32_t flags, void *reserved, void *buffer, _Inout_ uint32_t *size)',
)
const text = (pointer) => (pointer ? koffi.decode(pointer, 'char16', -1) : '')

/** Every item of a linked list whose `Next` is the third field. */
function* items(first) {
  for (let at = first; at; at = koffi.decode(at, 8, 'void *')) yield at
}

function socketAddress(item) {
  const at = koffi.decode(item, 16, 'void *')
  const bytes = koffi.decode(at, koffi.array('uint8_t', 28, 'Typed'))
  return bytes[0] === 2 ? bytes.slice(4, 8).join('.') : Buffer.from(bytes.slice(8, 24)).toString('hex')
}

/** GetAdaptersAddresses, by name. @returns {any} */
export function adapters() {
  const size = [0]
  getAdapters(0, 0x80, null, null, size)
  const buffer = Buffer.alloc(size[0])
  must(getAdapters(0, 0x80, null, buffer, size), 'GetAdaptersAddresses')
  const found = {}
  for (const at of items(buffer)) {
    const pointer = (offset) => koffi.decode(at, offset, 'void *')
    found[text(pointer(72))] = {
      index: koffi.decode(at, 4, 'uint32_t'),
      type: koffi.decode(at, 100, 'uint32_t'),
      status: koffi.decode(at, 104, 'uint32_t'),
      addresses: [...items(pointer(24))].map(socketAddress),
      servers: [...items(pointer(48))].map(socketAddress),
      gateways: [...items(pointer(208))].map(socketAddress),
    }
  }
  return found
}

const setIfEntry = ip.func('uint32_t __stdcall SetIfEntry(void *row)')

/** SetIfEntry's result. MIB_IFROW: dwIndex at 512, dwAdminStatus at 540. @param {number} index @param {number} status */
export function setAdministrativeStatus(index, status) {
  const row = Buffer.alloc(860)
  row.writeUInt32LE(index, 512)
  row.writeUInt32LE(status, 540)
  return setIfEntry(row)
}

const open = wlan.func(
  'uint32_t __stdcall WlanOpenHandle(uint32_t version, void *reserved, _Out_ uint32_t *negotiated, _Out_ void **handle)',
)
const close = wlan.func('uint32_t __stdcall WlanCloseHandle(void *handle, void *reserved)')
const free = wlan.func('void __stdcall WlanFreeMemory(void *memory)')
const register = wlan.func(
  'uint32_t __stdcall WlanRegisterNotification(void *handle, uint32_t source, int duplicates, void *callback, void *context, void *reserved, void *previous)',
)
const enumerate = wlan.func(
  'uint32_t __stdcall WlanEnumInterfaces(void *handle, void *reserved, _Out_ void **list)',
)
const connect = wlan.func(
  'uint32_t __stdcall WlanConnect(void *handle, void *guid, void *parameters, void *reserved)',
)
const disconnect = wlan.func('uint32_t __stdcall WlanDisconnect(void *handle, void *guid, void *reserved)')
const scan = wlan.func(
  'uint32_t __stdcall WlanScan(void *handle, void *guid, void *ssid, void *data, void *reserved)',
)
const query = wlan.func(
  'uint32_t __stdcall WlanQueryInterface(void *handle, void *guid, uint32_t opcode, void *reserved, _Out_ uint32_t *size, _Out_ void **data, void *type)',
)
const networkList = wlan.func(
  'uint32_t __stdcall WlanGetAvailableNetworkList(void *handle, void *guid, uint32_t flags, void *reserved, _Out_ void **list)',
)
const profileXml = wlan.func(
  'uint32_t __stdcall WlanGetProfile(void *handle, void *guid, str16 name, void *reserved, _Out_ void **xml, void *flags, void *access)',
)

const ACM = 8
const acm = {
  7: 'scan complete',
  8: 'scan failed',
  9: 'start',
  10: 'complete',
  11: 'attempt failed',
  13: 'arrival',
  14: 'removal',
  15: 'profiles',
  20: 'disconnecting',
  21: 'disconnected',
  26: 'scan list',
}
const msm = {
  1: 'associating',
  2: 'associated',
  3: 'authenticating',
  4: 'connected',
  5: 'roaming start',
  6: 'roaming end',
  7: 'radio',
  8: 'signal',
  10: 'lost',
}

/** A notification in words; with its reason when that is not success. */
function inWords(data) {
  const source = koffi.decode(data, 0, 'uint32_t')
  const code = koffi.decode(data, 4, 'uint32_t')
  const size = koffi.decode(data, 24, 'uint32_t')
  const at = size > 0 ? koffi.decode(data, 32, 'void *') : null
  if (source !== ACM) return msm[code] === 'signal' ? `signal ${koffi.decode(at, 'uint32_t')}` : msm[code]
  const reason = size > 560 ? koffi.decode(at, 560, 'uint32_t') : 0
  return reason === 0 ? acm[code] : `${acm[code]} 0x${reason.toString(16)}`
}

/** A client of WLAN AutoConfig that keeps the notifications of the sources it asked for: 8 ACM, 16 MSM. @returns {any} */
export function wifi({ sources = 8 | 16 } = {}) {
  const handle = [null]
  must(open(2, null, [0], handle), 'WlanOpenHandle')
  const received = []
  let count = 0
  const callback = koffi.register((data) => {
    count += 1
    if (received.length < 1000) received.push(inWords(data))
  }, wlanCallback)
  must(register(handle[0], sources, 0, callback, null, null, null), 'WlanRegisterNotification')
  return {
    received,
    get count() {
      return count
    },
    interfaces() {
      const list = [null]
      must(enumerate(handle[0], null, list), 'WlanEnumInterfaces')
      const length = koffi.decode(list[0], 'uint32_t')
      const found = Array.from({ length }, (_, place) => ({
        guid: Buffer.from(koffi.decode(list[0], 8 + place * 532, koffi.array('uint8_t', 16, 'Typed'))),
        state: koffi.decode(list[0], 8 + place * 532 + 528, 'uint32_t'),
      }))
      free(list[0])
      return found
    },
    connect(guid, profile) {
      const name = Buffer.from(`${profile}\0`, 'utf16le')
      const parameters = Buffer.alloc(40)
      parameters.writeBigUInt64LE(koffi.address(name), 8)
      parameters.writeUInt32LE(1, 32)
      return connect(handle[0], guid, parameters, null)
    },
    disconnect: (guid) => disconnect(handle[0], guid, null),
    scan: (guid) => scan(handle[0], guid, null, null, null),
    /** The current connection's profile, or the error. */
    connection(guid) {
      const data = [null]
      const result = query(handle[0], guid, 7, null, [0], data, null)
      if (result !== 0) return result
      const name = koffi.decode(data[0], 8, koffi.array('char16', 256, 'String'))
      free(data[0])
      return name
    },
    /** Networks by their SSID, with their signal; or the error. */
    networks(guid) {
      const list = [null]
      const result = networkList(handle[0], guid, 0, null, list)
      if (result !== 0) return result
      const length = koffi.decode(list[0], 'uint32_t')
      const found = Array.from({ length }, (_, place) => {
        const at = 8 + place * 628
        const size = koffi.decode(list[0], at + 512, 'uint32_t')
        const ssid = koffi.decode(list[0], at + 516, koffi.array('uint8_t', 32, 'Typed'))
        return {
          ssid: Buffer.from(ssid.slice(0, size)).toString('latin1'),
          signal: koffi.decode(list[0], at + 604, 'uint32_t'),
        }
      })
      free(list[0])
      return found
    },
    xml(guid, name) {
      const xml = [null]
      const result = profileXml(handle[0], guid, name, null, xml, null, null)
      if (result !== 0) return result
      const said = text(xml[0])
      free(xml[0])
      return said
    },
    async close() {
      must(await soon(close, handle[0], null), 'WlanCloseHandle')
      koffi.unregister(callback)
    },
  }
}

/** WlanOpenHandle's error when it must fail. */
export const openWlan = () => open(2, null, [0], [null])

export { kernel, koffi, netlist, ras, text }
