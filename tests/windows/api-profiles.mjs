// The functions of wlanapi.dll about profiles that are not stored yet, and about storing and deleting them, by Windows's own names.
import { libraries } from '@roamkit/lab-windows'
import { koffi } from './api.mjs'

const wlan = koffi.load(libraries.wlanapi)
const open = wlan.func(
  'uint32_t __stdcall WlanOpenHandle(uint32_t version, void *reserved, _Out_ uint32_t *negotiated, _Out_ void **handle)',
)
const close = wlan.func('uint32_t __stdcall WlanCloseHandle(void *handle, void *reserved)')
const free = wlan.func('void __stdcall WlanFreeMemory(void *memory)')
const connect = wlan.func(
  'uint32_t __stdcall WlanConnect(void *handle, void *guid, void *parameters, void *reserved)',
)
const setProfile = wlan.func(
  'uint32_t __stdcall WlanSetProfile(void *handle, void *guid, uint32_t flags, str16 xml, void *security, int overwrite, void *reserved, _Out_ uint32_t *reason)',
)
const saveTemporaryProfile = wlan.func(
  'uint32_t __stdcall WlanSaveTemporaryProfile(void *handle, void *guid, str16 name, void *security, uint32_t flags, int overwrite, void *reserved)',
)
const deleteProfile = wlan.func(
  'uint32_t __stdcall WlanDeleteProfile(void *handle, void *guid, str16 name, void *reserved)',
)
const getProfile = wlan.func(
  'uint32_t __stdcall WlanGetProfile(void *handle, void *guid, str16 name, void *reserved, _Out_ void **xml, _Out_ uint32_t *flags, _Out_ uint32_t *access)',
)
const getSecuritySettings = wlan.func(
  'uint32_t __stdcall WlanGetSecuritySettings(void *handle, uint32_t object, void *type, _Out_ void **descriptor, _Out_ uint32_t *access)',
)

/** A client for profiles. Each function returns Windows's code unless it says otherwise. @returns {any} */
export function profiles() {
  const out = [null]
  open(2, null, [0], out)
  const [handle] = out
  return {
    connectTemporary(/** @type {Buffer} */ guid, /** @type {string} */ xml) {
      const text = Buffer.from(`${xml}\0`, 'utf16le')
      const parameters = Buffer.alloc(40)
      parameters.writeUInt32LE(1, 0)
      parameters.writeBigUInt64LE(BigInt(koffi.address(text)), 8)
      parameters.writeUInt32LE(1, 32)
      return connect(handle, guid, parameters, null)
    },
    set: (/** @type {Buffer} */ guid, /** @type {string} */ xml, { flags = 0, overwrite = 0 } = {}) =>
      setProfile(handle, guid, flags, xml, null, overwrite, null, [0]),
    save: (/** @type {Buffer} */ guid, /** @type {string} */ name, { flags = 0 } = {}) =>
      saveTemporaryProfile(handle, guid, name, null, flags, 0, null),
    delete: (/** @type {Buffer} */ guid, /** @type {string} */ name) =>
      deleteProfile(handle, guid, name, null),
    /** The flags of a profile and the access to it, or the error. */
    facts(/** @type {Buffer} */ guid, /** @type {string} */ name) {
      const [xml, flags, access] = [[null], [0], [0]]
      const result = getProfile(handle, guid, name, null, xml, flags, access)
      if (result !== 0) return result
      free(xml[0])
      return { flags: flags[0], access: access[0] }
    },
    /** The access to a securable object, or the error. */
    access(/** @type {number} */ object) {
      const [descriptor, access] = [[null], [0]]
      const result = getSecuritySettings(handle, object, null, descriptor, access)
      if (result !== 0) return result
      free(descriptor[0])
      return access[0]
    },
    close: () => close(handle, null),
  }
}
