import { bearers } from '../contract/world-faults.js'
import { nearest } from './nearest.js'

/** What an argument must be. */
export interface Expected {
  /** Whether a value is valid. */
  readonly holds: (value: unknown) => boolean
  /** Follows "must be" in the error. */
  readonly wants: string
  /**
   * A value of the right type may be outside the range, which is a `RangeError`.
   *
   * @defaultValue false
   */
  readonly isRange?: boolean
  /** What each member of a list must be. */
  readonly each?: Expected
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** An object that has those functions, its own or inherited. */
function having(wants: string, ...names: readonly PropertyKey[]): Expected {
  return {
    wants,
    holds: (value) =>
      (isObject(value) || typeof value === 'function') &&
      names.every((name) => typeof (value as Record<PropertyKey, unknown>)[name] === 'function'),
  }
}

/** One of a few texts. */
function oneOf(...words: readonly string[]): Expected {
  const wants = `${words
    .slice(0, -1)
    .map((word) => `'${word}'`)
    .join(', ')} or '${words.at(-1)}'`
  return { wants, isRange: true, holds: (value) => words.includes(value as string) }
}

/** A list of such values. */
function listOf(each: Expected): Expected {
  return { wants: 'a list', holds: (value) => Array.isArray(value), each }
}

/** A value, or a function that gives it. */
function orFunction({ holds, wants, isRange = false }: Expected): Expected {
  return {
    wants: `${wants}, or a function`,
    isRange,
    holds: (value) => typeof value === 'function' || holds(value),
  }
}

/** The kinds of arguments that can be expected. */
export interface ExpectedKinds {
  /** A string. */
  readonly text: Expected
  /** A string that is not empty. */
  readonly name: Expected
  /** `true` or `false`. */
  readonly flag: Expected
  /** A function. */
  readonly callback: Expected
  /** An object. */
  readonly object: Expected
  /** A number, but not `NaN`. */
  readonly number: Expected
  /** A number of milliseconds that is not negative; `Infinity` is one. */
  readonly milliseconds: Expected
  /** A number from 0 to 1. */
  readonly fraction: Expected
  /** A bearer type of the contract. */
  readonly bearer: Expected
  /** An `AbortSignal`, of this realm or another one. */
  readonly signal: Expected
  /** An object that has these functions. `wants` describes it. */
  readonly having: (wants: string, ...names: readonly PropertyKey[]) => Expected
  /** One of these strings. */
  readonly oneOf: (...words: readonly string[]) => Expected
  /** A list whose members are all of one kind. */
  readonly listOf: (each: Expected) => Expected
  /** A value of that kind, or a function. */
  readonly orFunction: (kind: Expected) => Expected
}

/** The kinds of arguments. A string out of a few is a range, everything else a type. */
export const expected: ExpectedKinds = {
  text: { wants: 'a text', holds: (value) => typeof value === 'string' },
  name: { wants: 'a text that is not empty', holds: (value) => typeof value === 'string' && value !== '' },
  flag: { wants: 'true or false', holds: (value) => typeof value === 'boolean' },
  callback: { wants: 'a function', holds: (value) => typeof value === 'function' },
  object: { wants: 'an object', holds: isObject },
  number: { wants: 'a number', holds: (value) => typeof value === 'number' && !Number.isNaN(value) },
  milliseconds: {
    wants: 'a number of milliseconds from 0 up',
    isRange: true,
    holds: (value) => typeof value === 'number' && value >= 0,
  },
  fraction: {
    wants: 'a number from 0 to 1',
    isRange: true,
    holds: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  },
  bearer: {
    wants: `one of ${Object.keys(bearers).join(', ')}`,
    isRange: true,
    holds: (value) => typeof value === 'string' && Object.hasOwn(bearers, value),
  },
  signal: {
    wants: 'an AbortSignal',
    holds: (value) =>
      isObject(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function',
  },
  having,
  oneOf,
  listOf,
  orFunction,
}

/**
 * Throws if an argument of an application is invalid.
 * @param name the argument, as the application knows it
 * @throws TypeError, or a RangeError for a value outside its range: the message names the argument, what is expected and what was given
 */
export function checkArgument(
  name: string,
  value: unknown,
  { holds, wants, isRange = false, each }: Expected,
): void {
  if (holds(value)) {
    if (each === undefined) return
    for (const [index, one] of (value as readonly unknown[]).entries())
      checkArgument(`${name}[${index}]`, one, each)
    return
  }
  const message = `${name} must be ${wants}, not ${inWords(value)}`
  throw isRange ? new RangeError(message) : new TypeError(message)
}

/**
 * Throws if an application calls a constructor that is not public.
 * @param inner what only core can pass
 * @param instead the call that creates such an object
 */
export function checkConstructor(inner: unknown, name: string, instead: string): void {
  if (inner === undefined) throw new TypeError(`new ${name}() is not public: use ${instead}`)
}

/**
 * Throws if an option does not exist, or cannot have that value. A member that is `undefined` counts as left out.
 * @param call the function that takes them, as the application knows it: `open()`
 * @throws as {@link checkArgument}
 */
export function checkOptions(
  call: string,
  options: unknown,
  known: Readonly<Record<string, Expected>>,
): void {
  if (!isObject(options))
    throw new TypeError(`the options of ${call} must be an object, not ${inWords(options)}`)
  for (const key of Object.keys(options))
    if (!Object.hasOwn(known, key))
      throw new TypeError(`${call} has no option '${key}'${suggestion(key, Object.keys(known))}`)
  for (const [key, kind] of Object.entries(known))
    if (options[key] !== undefined) checkArgument(`${key} of ${call}`, options[key], kind)
}

/** Throws if a name does not exist. @throws TypeError: the message has the kind of name, the name, and the nearest one */
export function checkName(what: string, name: unknown, known: readonly string[]): void {
  if (known.includes(name as string)) return
  const hint = typeof name === 'string' ? suggestion(name, known) : ''
  throw new TypeError(`there is no ${what} ${inWords(name)}${hint}`)
}

function suggestion(word: string, known: readonly string[]): string {
  const [best] = nearest(word, known)
  if (best !== undefined) return `; did you mean '${best}'?`
  return `; known: ${known.join(', ')}`
}

const LONGEST = 60

/** The value of an argument, in a few words. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value}'`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return isObject(value) ? 'an object' : String(value)
}
