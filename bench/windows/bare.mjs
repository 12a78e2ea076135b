// What one would write without Roamkit: a callback of NotifyIpInterfaceChange, by koffi.
import { createRequire } from 'node:module'

/** The one of the lab, which must not be loaded twice. */
const koffi = createRequire(new URL('../../labs/windows/package.json', import.meta.url))('koffi')

/** Calls back for every notification, as long as the process lives. @param {string} iphlpapi path of the DLL @param {() => void} changed */
export function watchInterfaces(iphlpapi, changed) {
  const callback = koffi.pointer(koffi.proto('void Changed(void *context, void *row, int32_t type)'))
  const handle = koffi.out('void **')
  const register = koffi
    .load(iphlpapi)
    .func('NotifyIpInterfaceChange', 'uint32_t', ['uint16_t', callback, 'void *', 'uint8_t', handle])
  const result = register(0, koffi.register(changed, callback), null, 0, [null])
  if (result !== 0) throw new Error(`NotifyIpInterfaceChange failed: ${result}`)
}
