// Between the fake's plain values and those of dbus-next.
import { Variant } from 'dbus-next'
import { ACTIVE, DEVICE, NM, OBJECT_MANAGER, PROFILE, PROPERTIES, SETTINGS, WIRELESS } from './names.mjs'
import { variants } from './signatures.mjs'

/** The signatures of the signals that the fake sends. @type {Record<string, string>} */
const SIGNALS = {
  [`${PROPERTIES}.PropertiesChanged`]: 'sa{sv}as',
  [`${OBJECT_MANAGER}.InterfacesAdded`]: 'oa{sa{sv}}',
  [`${OBJECT_MANAGER}.InterfacesRemoved`]: 'oas',
  [`${NM}.StateChanged`]: 'u',
  [`${DEVICE}.StateChanged`]: 'uuu',
  [`${ACTIVE}.StateChanged`]: 'uu',
  [`${WIRELESS}.AccessPointAdded`]: 'o',
  [`${WIRELESS}.AccessPointRemoved`]: 'o',
  [`${SETTINGS}.NewConnection`]: 'o',
  [`${SETTINGS}.ConnectionRemoved`]: 'o',
  [`${PROFILE}.Updated`]: '',
  [`${PROFILE}.Removed`]: '',
}

/** @param {import('./objects.mjs').Signal} signal @returns {string} */
export function signatureOf({ interface: name, member }) {
  const signature = SIGNALS[`${name}.${member}`]
  if (signature === undefined) throw new Error(`the signature of ${name}.${member} is not known`)
  return signature
}

/** @param {string} signature of the whole body @param {readonly any[]} body plain @returns {any[]} */
export function toWire(signature, body) {
  const [first, second, ...rest] = body
  switch (signature) {
    case 'sa{sv}as':
      return [first, variants(first, second), ...rest]
    case 'oa{sa{sv}}':
      return [first, sections(second)]
    case 'a{oa{sa{sv}}}':
      return [
        Object.fromEntries(Object.entries(first).map(([path, interfaces]) => [path, sections(interfaces)])),
      ]
    case 'a{sa{sv}}':
    case 'a{sa{sv}}o':
    case 'a{sa{sv}}osasu':
      return [sections(first), ...body.slice(1)]
    case 'v':
      return [variants(first.within, { [first.key]: first.value })[first.key]]
    default:
      return [...body]
  }
}

/** @param {Record<string, Record<string, unknown>>} interfaces */
const sections = (interfaces) =>
  Object.fromEntries(
    Object.entries(interfaces).map(([name, properties]) => [name, variants(name, properties)]),
  )

/** Variants as what they contain. @param {unknown} value @returns {any} */
export function fromWire(value) {
  if (value instanceof Variant) return fromWire(value.value)
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(fromWire)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fromWire(one)]))
}
