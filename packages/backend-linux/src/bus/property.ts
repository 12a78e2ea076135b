/**
 * The properties of one interface of one object, as NetworkManager sent them. A `Map`, because a plain object has names of its own
 * (`constructor`, `__proto__`). Values may be of any type: read them with the functions below, which never throw.
 */
export type Properties = ReadonlyMap<string, unknown>

const NOTHING: Properties = new Map()
const EMPTY: readonly unknown[] = []

/** A string property; `''` if it is missing or not a string. */
export function text(properties: Properties | undefined, name: string): string {
  return asText(properties?.get(name))
}

/** A value as a string; `''` if it is not one. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A number property; 0 if it is missing or not a finite number. */
export function number(properties: Properties | undefined, name: string): number {
  return asNumber(properties?.get(name))
}

/** A value as a finite number; 0 if it is not one. */
export function asNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** A boolean property; `null` if it is missing or not a boolean. */
export function flag(properties: Properties | undefined, name: string): boolean | null {
  const value = properties?.get(name)
  return typeof value === 'boolean' ? value : null
}

/** An array property; empty if it is missing or not an array. */
export function list(properties: Properties | undefined, name: string): readonly unknown[] {
  const value = properties?.get(name)
  return Array.isArray(value) ? value : EMPTY
}

/** The strings of an array property. */
export function texts(properties: Properties | undefined, name: string): readonly string[] {
  return asTexts(properties?.get(name))
}

/** The strings of an array; empty if the value is not an array. */
export function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** A nested dictionary; empty if it is missing. */
export function section(properties: Properties | undefined, name: string): Properties {
  return dictionary(properties?.get(name))
}

/** A value as a dictionary; empty if it is not one. Only string keys are ever read. */
export function dictionary(value: unknown): Properties {
  return value instanceof Map ? value : NOTHING
}

/** The nested dictionaries of an array property. */
export function dictionaries(properties: Properties | undefined, name: string): readonly Properties[] {
  return asDictionaries(list(properties, name))
}

/** The dictionaries of an array. */
export function asDictionaries(values: readonly unknown[]): readonly Properties[] {
  return values.filter((value) => value instanceof Map)
}

/**
 * The same function, which computes its result once for each array. A property's array never changes: the service sends another one in its
 * place.
 */
export function oncePerArray<Values extends object, Result extends object | string>(
  compute: (values: Values) => Result,
): (values: Values) => Result {
  const known = new WeakMap<Values, Result>()
  return (values) => {
    let result = known.get(values)
    if (result === undefined) {
      result = compute(values)
      known.set(values, result)
    }
    return result
  }
}

/** A byte array property; `null` if it is missing, empty or something else. */
export function bytes(properties: Properties | undefined, name: string): Uint8Array | null {
  const value = properties?.get(name)
  return value instanceof Uint8Array && value.length > 0 ? value : null
}

/** An object path property; `null` for `/`, which means "none" in D-Bus. */
export function path(properties: Properties | undefined, name: string): string | null {
  const value = text(properties, name)
  return value === '' || value === '/' ? null : value
}

/** The number at the end of one of NetworkManager's object paths, which it counts up; 0 if there is none. */
export function ordinal(objectPath: string): number {
  const [digits] = /\d{1,15}$/.exec(objectPath) ?? []
  return digits === undefined ? 0 : Number(digits)
}
