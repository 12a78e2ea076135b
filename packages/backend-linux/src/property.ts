/** The properties of one interface of one object, as NetworkManager sent them: read with the functions below, never trusted. */
export type Properties = Readonly<Record<string, unknown>>

const NOTHING: Properties = Object.freeze({})

/** A string property, `''` where it is missing or no string. */
export function text(properties: Properties | undefined, name: string): string {
  const value = properties?.[name]
  return typeof value === 'string' ? value : ''
}

/** A number property, 0 where it is missing or no number. */
export function number(properties: Properties | undefined, name: string): number {
  const value = properties?.[name]
  return typeof value === 'number' ? value : 0
}

/** A boolean property, `null` where it is missing or no boolean. */
export function flag(properties: Properties | undefined, name: string): boolean | null {
  const value = properties?.[name]
  return typeof value === 'boolean' ? value : null
}

/** An array property, empty where it is missing or no array. */
export function list(properties: Properties | undefined, name: string): readonly unknown[] {
  const value = properties?.[name]
  return Array.isArray(value) ? value : []
}

/** The strings of an array property. */
export function texts(properties: Properties | undefined, name: string): readonly string[] {
  return list(properties, name).filter((value) => typeof value === 'string')
}

/** A nested dictionary, empty where it is missing. */
export function section(properties: Properties | undefined, name: string): Properties {
  return dictionary(properties?.[name])
}

/** A value as a dictionary, empty where it is none. */
export function dictionary(value: unknown): Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Properties)
    : NOTHING
}

/** A byte array property, `null` where it is missing, empty or something else. */
export function bytes(properties: Properties | undefined, name: string): Uint8Array | null {
  const value = properties?.[name]
  return value instanceof Uint8Array && value.length > 0 ? value : null
}

/** An object path property, `null` for `/`, D-Bus's word for "none". */
export function path(properties: Properties | undefined, name: string): string | null {
  const value = text(properties, name)
  return value === '' || value === '/' ? null : value
}
