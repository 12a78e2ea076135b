import { type BackendError, factFaults, reasonFault } from '@roamkit/core/contract'

/**
 * What a test may get wrong in a script, told at once: a mock that took nonsense would make a test that proves nothing. Each
 * function throws an error that names the value and what is known there.
 */

/** Facts of a configuration: members that the contract knows, with values that it knows. */
export function checkFacts(facts: unknown, place: string): void {
  refuse(factFaults(facts, 'configuration', place))
}

/** A configuration to add. */
export function checkConfiguration(script: unknown): void {
  const { id } = (script ?? {}) as { readonly id?: unknown }
  checkFacts(script, typeof id === 'string' ? JSON.stringify(id) : 'a configuration')
  if (id === undefined) throw new Error('mock: a configuration has no id')
}

/** Facts of the world as a whole. */
export function checkFixedFacts(fixedFacts: object): void {
  refuse(factFaults(fixedFacts, 'world', 'the options'))
}

/** That there are no members but those. */
export function checkNames(given: object, known: readonly string[], place: string): void {
  const stranger = Object.keys(given).find((key) => !known.includes(key))
  if (stranger !== undefined)
    throw new Error(`mock: ${place} has no ${JSON.stringify(stranger)}; it has ${known.join(', ')}`)
}

/** A reason for the end of an activation. */
export function checkReason(reason: unknown): void {
  const fault = reasonFault(reason)
  if (fault !== null) throw new Error(`mock: ${fault}`)
}

/** An error that a command is to reject with: told by its name, for several copies of the class may be loaded. */
export function checkError(error: unknown): void {
  if (!isBackendError(error))
    throw new Error(`mock: the error is ${describe(error)}, not a BackendError, as the contract has them`)
}

/** A reason, or such an error. */
export function checkFailure(failure: unknown): void {
  if (typeof failure === 'object' && failure !== null) checkError(failure)
  else checkReason(failure)
}

/** One of a few values. */
export function checkOneOf(value: unknown, known: readonly unknown[], what: string): void {
  if (!known.includes(value))
    throw new Error(`mock: ${what} is ${describe(value)}, not ${known.map(String).join(' or ')}`)
}

/** Milliseconds or bytes: 0 or more, and finite. */
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
