import { type BackendError, factFaults, reasonFault } from '@roamkit/core/contract'

/**
 * Validation of scripts. A mock that accepted invalid input would let a test pass that proves nothing. Each function throws an error that
 * names the invalid value and the valid ones.
 */

/** Checks the facts of a configuration: members and values must be those of the contract. */
export function checkFacts(facts: unknown, place: string): void {
  refuse(factFaults(facts, 'configuration', place))
}

/** Checks a configuration to add. */
export function checkConfiguration(script: unknown): void {
  const { id, secret, ...facts } = (script ?? {}) as { readonly id?: unknown; readonly secret?: unknown }
  const isObject = typeof script === 'object' && script !== null
  const place = typeof id === 'string' ? JSON.stringify(id) : 'a configuration'
  checkFacts(isObject ? { id, ...facts } : script, place)
  if (id === undefined) throw new Error('mock: a configuration has no id')
  if (secret !== undefined) checkSecret(secret, place)
}

/** Checks a secret: a text for each field, and at least one field. The error does not quote it. */
export function checkSecret(secret: unknown, place: string): void {
  const values = typeof secret === 'object' && secret !== null ? Object.values(secret) : []
  if (values.length === 0 || values.some((value) => typeof value !== 'string'))
    throw new Error(
      `mock: ${place}: the secret is not an object with a text for each field, such as { psk: 'correct horse' }`,
    )
}

/** Checks the facts of the whole world. */
export function checkWorldFacts(worldFacts: object): void {
  refuse(factFaults(worldFacts, 'world', 'the options'))
}

/** Checks that an object has no other members than these. */
export function checkNames(given: object, known: readonly string[], place: string): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new Error(`mock: ${place} has no ${JSON.stringify(unknown)}; it has ${known.join(', ')}`)
}

/** Checks the reason for the end of an activation. */
export function checkReason(reason: unknown): void {
  const fault = reasonFault(reason)
  if (fault !== null) throw new Error(`mock: ${fault}`)
}

/** Checks the error that a command will reject with. Recognises it by name, because several copies of the class may be loaded. */
export function checkError(error: unknown): void {
  if (!isBackendError(error))
    throw new Error(`mock: the error is ${describe(error)}, not a BackendError, which @roamkit/core exports`)
}

/** Checks a reason or a `BackendError`. */
export function checkFailure(failure: unknown): void {
  if (typeof failure === 'object' && failure !== null) checkError(failure)
  else checkReason(failure)
}

/** Checks that a value is one of a few. */
export function checkOneOf(value: unknown, known: readonly unknown[], what: string): void {
  if (!known.includes(value))
    throw new Error(`mock: ${what} is ${describe(value)}, not ${known.map(String).join(' or ')}`)
}

/** Checks a number of milliseconds or bytes: finite, and 0 or more. */
export function checkAmount(value: unknown, what: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new Error(`mock: ${what} is ${describe(value)}, not a number of 0 or more`)
}

function isBackendError(error: unknown): error is BackendError {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown }
  return error instanceof Error && name === 'BackendError' && typeof code === 'string'
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`mock: ${faults.join('; ')}`)
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
