/**
 * The properties of one interface of one object, as NetworkManager sent them. A `Map`, because a plain object has names of its
 * own (`constructor`, `__proto__`); any value may be of any type. Read with the functions below, which never throw.
 */
export type Properties = ReadonlyMap<string, unknown>

const NOTHING: Properties = new Map()

/** A string property, `''` where it is missing or no string. */
export function text(properties: Properties | undefined, name: string): string {
  return asText(properties?.get(name))
}

/** A value as a string, `''` where it is none. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A number property, 0 where it is missing or no finite number. */
export function number(properties: Properties | undefined, name: string): number {
  return asNumber(properties?.get(name))
}

/** A value as a finite number, 0 where it is none. */
export function asNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** A boolean property, `null` where it is missing or no boolean. */
export function flag(properties: Properties | undefined, name: string): boolean | null {
  const value = properties?.get(name)
  return typeof value === 'boolean' ? value : null
}

/** An array property, empty where it is missing or no array. */
export function list(properties: Properties | undefined, name: string): readonly unknown[] {
  const value = properties?.get(name)
  return Array.isArray(value) ? value : []
}

/** The strings of an array property. */
export function texts(properties: Properties | undefined, name: string): readonly string[] {
  return asTexts(properties?.get(name))
}

/** The strings of a value that is an array, none where it is something else. */
export function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** A nested dictionary, empty where it is missing. */
export function section(properties: Properties | undefined, name: string): Properties {
  return dictionary(properties?.get(name))
}

/** A value as a dictionary, empty where it is none. Keys other than strings are never asked for. */
export function dictionary(value: unknown): Properties {
  return value instanceof Map ? value : NOTHING
}

/** The nested dictionaries of an array property. */
export function dictionaries(properties: Properties | undefined, name: string): readonly Properties[] {
  return list(properties, name).filter((value) => value instanceof Map)
}

/** A byte array property, `null` where it is missing, empty or something else. */
export function bytes(properties: Properties | undefined, name: string): Uint8Array | null {
  const value = properties?.get(name)
  return value instanceof Uint8Array && value.length > 0 ? value : null
}

/** An object path property, `null` for `/`, D-Bus's word for "none". */
export function path(properties: Properties | undefined, name: string): string | null {
  const value = text(properties, name)
  return value === '' || value === '/' ? null : value
}

/** The number at the end of one of NetworkManager's object paths, which it counts up; 0 where there is none. */
export function ordinal(objectPath: string): number {
  const [digits] = /\d{1,15}$/.exec(objectPath) ?? []
  return digits === undefined ? 0 : Number(digits)
}
