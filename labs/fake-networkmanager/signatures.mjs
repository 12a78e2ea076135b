// D-Bus signatures of properties and of dictionaries' values, as NetworkManager sends them: learned from recordings.
import { readFileSync } from 'node:fs'
import { Variant } from 'dbus-next'

/**
 * The signature of each variant that was recorded, by interface or key, and property: `org.freedesktop.NetworkManager.Device State`.
 *
 * @typedef {Record<string, string>} Signatures
 */

/** @param {string} raw JSON lines, as the recorder of the Wi-Fi lab writes them @returns {Signatures} */
export function signaturesIn(raw) {
  /** @type {Map<string, string>} */
  const found = new Map()
  /** @param {string} within @param {any} value */
  const look = (within, value) => {
    if (Array.isArray(value)) for (const one of value) look(within, one)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    for (const [key, one] of Object.entries(value)) {
      if (one?.signature === undefined) look(key, one)
      else {
        found.set(`${within} ${key}`, one.signature)
        look(key, one.value)
      }
    }
  }
  const lines = raw.split('\n').filter((line) => line !== '')
  const { owner } = JSON.parse(lines[0] ?? '{}')
  for (const line of lines) {
    const { kind, member, body, from } = JSON.parse(line).message ?? {}
    if (from !== owner || body.length === 0) continue
    if (member === 'PropertiesChanged') look(body[0], body[1])
    else if (member === 'InterfacesAdded') look('', body[1])
    else if (kind === 'answer') look('', body[0])
  }
  return Object.fromEntries([...found].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** @type {Signatures} */
const known = JSON.parse(readFileSync(new URL('recordings/signatures.json', import.meta.url), 'utf8'))

/**
 * The properties of an interface, or the values of a dictionary, as variants. Values that no recording has get the signature of their type.
 *
 * @param {string} within the interface, or the key that has the dictionary
 * @param {Record<string, any>} values plain
 * @returns {Record<string, Variant>}
 */
export function variants(within, values) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const signature = known[`${within} ${key}`] ?? guess(value)
      return [key, new Variant(signature, wire(signature, key, value))]
    }),
  )
}

/** @param {string} signature @param {string} key @param {any} value */
function wire(signature, key, value) {
  if (signature === 'ay') return Buffer.from(value)
  if (signature === 'a{sv}') return variants(key, value)
  if (signature === 'aa{sv}') return value.map((/** @type {any} */ one) => variants(key, one))
  if (signature === 'x' || signature === 't') return BigInt(value)
  return value
}

/** @param {unknown} value */
function guess(value) {
  if (typeof value === 'boolean') return 'b'
  if (typeof value === 'number') return 'u'
  if (value instanceof Uint8Array) return 'ay'
  if (Array.isArray(value)) return 'as'
  return typeof value === 'object' ? 'a{sv}' : 's'
}
