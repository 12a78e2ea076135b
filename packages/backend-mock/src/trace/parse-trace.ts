import {
  type BackendErrorCode,
  factFaults,
  type LinkConfiguration,
  type World,
  worldFaults,
} from '@roamkit/core/contract'
import { freezeCopy } from '../plain-data.js'
import {
  type Command,
  type SessionCallLine,
  type SessionEventLine,
  TRACE_VERSION,
  type WorldFacts,
} from './trace-lines.js'

/** The longest trace, in UTF-16 code units, and the most lines and configurations in one. */
const LONGEST = 64 * 1024 * 1024
const MOST_LINES = 1_000_000
const MOST_CONFIGURATIONS = 10_000
/** The most configurations of all worlds together: each world is a list of its own. */
const MOST_WORK = 20_000_000

/** A trace is invalid. The message names the line and what is wrong there. */
export class TraceError extends Error {
  override readonly name = 'TraceError'
  /** From 1. */
  readonly line: number

  constructor(line: number, message: string, options?: ErrorOptions) {
    super(`line ${line} of the trace: ${message}`, options)
    this.line = line
  }
}

/** A command, and how it ended. */
export interface Asked {
  /** Which command. */
  readonly ask: Command
  /** `null`: it was about no configuration. */
  readonly id: string | null
  /** What was to be taken down, or else `null`. */
  readonly activation: string | null
  /** `null`: the trace ends before it. */
  readonly outcome: Outcome | null
}

/** What a command resolved to, or was rejected with. */
export type Outcome =
  | { readonly answer: string | null }
  | { readonly error: { readonly code: BackendErrorCode; readonly message: string } }

/** Something that happened outside of the library. */
export type TraceStep =
  | { readonly type: 'world'; readonly at: number; readonly world: World }
  | { readonly type: 'call'; readonly at: number; readonly call: SessionCallLine }
  /** The command got its outcome. */
  | { readonly type: 'outcome'; readonly at: number; readonly of: Asked }
  /** The system asked for a secret while it carried out a command. */
  | {
      readonly type: 'question'
      readonly at: number
      readonly of: Asked
      readonly fields: readonly string[]
      readonly attempt: number
    }

/** A trace that has been checked. Frozen. */
export interface Trace {
  /** The name of the driver that was recorded. */
  readonly backend: string
  readonly names: 'hidden' | 'clear'
  /** The first world. */
  readonly begin: World
  /** What happened, in order. */
  readonly steps: readonly TraceStep[]
  readonly asked: readonly Asked[]
  /** What the sessions told. */
  readonly events: readonly SessionEventLine[]
  /** When the last line was written, in milliseconds. */
  readonly duration: number
}

/**
 * Reads a trace. It may come from a stranger: everything in it is checked, and its size is limited.
 *
 * @param text JSON lines, as `recorded()` writes them. A last line that is cut off is ignored.
 * @throws TraceError that names the line
 */
export function parseTrace(text: string): Trace {
  if (text.length > LONGEST) throw new TraceError(1, `a trace has at most ${LONGEST} characters`)
  const lines = text.split('\n')
  // A recording that was killed ends in the middle of a line.
  const last = lines.pop() ?? ''
  if (lines.length === 0) lines.push(last)
  if (lines.length > MOST_LINES)
    throw new TraceError(MOST_LINES + 1, `a trace has at most ${MOST_LINES} lines`)
  const parser = new Parser()
  for (const [index, line] of lines.entries()) {
    try {
      parser.take(line.endsWith('\r') ? line.slice(0, -1) : line)
    } catch (error) {
      const message = faultIn(error)
      if (message === null) throw error
      throw new TraceError(index + 1, message, { cause: error })
    }
  }
  return parser.end(lines.length)
}

/** Something in a line is invalid. */
class Invalid extends Error {
  override readonly name = 'Invalid'
}

/** What is wrong in a line; `null`: the error is about something else. */
function faultIn(error: unknown): string | null {
  if (error instanceof Invalid) return error.message
  // A value that is nested thousands of times exhausts the stack.
  return error instanceof RangeError ? 'it is nested too deeply' : null
}

/** A command whose outcome may be still to come. */
type OpenCall = Asked & { outcome: Outcome | null }

type Members = Readonly<Record<string, unknown>>

class Parser {
  #header: { readonly backend: string; readonly names: 'hidden' | 'clear' } | null = null
  #at = 0
  #work = 0
  #facts: WorldFacts | null = null
  readonly #links = new Map<string, LinkConfiguration>()
  #begin: World | null = null
  readonly #steps: TraceStep[] = []
  readonly #calls = new Map<number, OpenCall>()
  readonly #events: SessionEventLine[] = []

  take(text: string): void {
    const line = parsed(text)
    if (this.#header === null) {
      this.#header = headerOf(line)
      return
    }
    const at = numberOf(line, 'at', 0)
    if (at < this.#at) throw new Invalid(`at is ${at}, before the line before it`)
    this.#at = at
    if ('world' in line) return this.#takeWorld(at, line)
    if ('ask' in line) return this.#takeAsk(line)
    if ('answer' in line || 'error' in line) return this.#takeAnswer(at, line)
    if ('secret' in line) return this.#takeSecret(at, line)
    if ('session' in line) return this.#takeSession(at, line)
    throw new Invalid('it has none of world, ask, answer, error, secret, session')
  }

  end(lines: number): Trace {
    if (this.#header === null || this.#begin === null)
      throw new TraceError(lines, 'there is no world before the end')
    return Object.freeze({
      ...this.#header,
      begin: this.#begin,
      steps: Object.freeze(this.#steps),
      asked: Object.freeze([...this.#calls.values()].map((call) => Object.freeze(call))),
      events: Object.freeze(this.#events),
      duration: this.#at,
    })
  }

  #takeWorld(at: number, line: Members): void {
    only(line, ['at', 'world', 'set', 'removed'])
    const facts = { ...this.#facts, ...objectOf(line, 'world') } as WorldFacts
    if ('configurations' in facts) throw new Invalid('world has configurations; they belong into set')
    const set = listOf(line, 'set').map((value, index) => this.#changed(value, `set[${index}]`))
    // Those that are the same were checked before.
    const [fault] = worldFaults({ ...facts, configurations: set })
    if (fault !== undefined) throw new Invalid(fault.replace('configurations[', 'set['))
    const [unknown] = factFaults(facts, 'world', 'the world')
    if (unknown !== undefined) throw new Invalid(unknown)
    for (const link of set) this.#links.set(link.id, freezeCopy(link))
    for (const id of listOf(line, 'removed'))
      if (typeof id !== 'string' || !this.#links.delete(id))
        throw new Invalid(`removed has ${shown(id)}, which is not there`)
    if (this.#links.size > MOST_CONFIGURATIONS)
      throw new Invalid(`there are more than ${MOST_CONFIGURATIONS} configurations`)
    this.#work += this.#links.size
    if (this.#work > MOST_WORK)
      throw new Invalid('the trace has too many worlds with too many configurations')
    this.#facts = freezeCopy(facts)
    const configurations = Object.freeze(
      [...this.#links.values()].sort((one, other) => (one.id < other.id ? -1 : 1)),
    )
    const world = Object.freeze({ configurations, ...this.#facts })
    if (this.#begin === null) this.#begin = world
    else this.#step({ type: 'world', at, world })
  }

  #changed(value: unknown, place: string): LinkConfiguration {
    const [fault] = factFaults(value, 'configuration', place)
    if (fault !== undefined) throw new Invalid(fault)
    const { id } = value as { readonly id?: unknown }
    if (typeof id !== 'string') throw new Invalid(`${place} has no id`)
    return { ...this.#links.get(id), ...(value as LinkConfiguration) }
  }

  #takeAsk(line: Members): void {
    only(line, ['at', 'call', 'ask', 'id', 'activation'])
    const call = numberOf(line, 'call', 1)
    if (this.#calls.has(call)) throw new Invalid(`call ${call} was asked before`)
    const ask = oneOf(line, 'ask', COMMANDS)
    const id = ask === 'scan' ? null : textOf(line, 'id')
    const activation = ask === 'deactivate' ? textOf(line, 'activation') : null
    this.#calls.set(call, { ask, id, activation, outcome: null })
  }

  #takeAnswer(at: number, line: Members): void {
    only(line, ['at', 'call', 'answer', 'error'])
    const asked = this.#callOf(line)
    if (asked.outcome !== null) throw new Invalid(`call ${line.call} has ended`)
    if ('error' in line) {
      const error = objectOf(line, 'error')
      const code = oneOf(error, 'code', CODES)
      asked.outcome = { error: { code, message: textOf(error, 'message') } }
    } else asked.outcome = { answer: asked.ask === 'activate' ? textOf(line, 'answer') : null }
    this.#step({ type: 'outcome', at, of: asked })
  }

  #takeSecret(at: number, line: Members): void {
    only(line, ['at', 'call', 'secret'])
    const secret = objectOf(line, 'secret')
    only(secret, ['fields', 'attempt'])
    const fields = listOf(secret, 'fields').map((field) => {
      if (typeof field !== 'string')
        throw new Invalid(`secret.fields has ${shown(field)}, which is not a text`)
      return field
    })
    const attempt = numberOf(secret, 'attempt', 1)
    this.#step({ type: 'question', at, of: this.#callOf(line), fields: Object.freeze(fields), attempt })
  }

  #takeSession(at: number, line: Members): void {
    only(line, ['at', 'session', 'on', 'does', 'event', 'says', 'configuration'])
    const common = { at, session: numberOf(line, 'session', 1), on: textOf(line, 'on') }
    if ('does' in line) {
      const call = Object.freeze({ ...common, does: oneOf(line, 'does', ['open', 'close']) })
      this.#step({ type: 'call', at, call })
      return
    }
    const event = textOf(line, 'event')
    const about =
      'configuration' in line
        ? { configuration: textOf(line, 'configuration') }
        : { says: textOf(line, 'says') }
    this.#events.push(Object.freeze({ ...common, event, ...about }))
  }

  #step(step: TraceStep): void {
    this.#steps.push(Object.freeze(step))
  }

  #callOf(line: Members): OpenCall {
    const call = numberOf(line, 'call', 1)
    const asked = this.#calls.get(call)
    if (asked === undefined) throw new Invalid(`call ${call} was not asked`)
    return asked
  }
}

const COMMANDS: readonly Command[] = ['activate', 'deactivate', 'scan', 'recheck', 'save', 'forget']

const CODES: readonly BackendErrorCode[] = [
  'ERR_NOT_SUPPORTED',
  'ERR_UNKNOWN_CONFIGURATION',
  'ERR_DENIED',
  'ERR_ACTIVATION_FAILED',
  'ERR_TIMED_OUT',
  'ERR_SERVICE_LOST',
  'ERR_CLOSED',
]

function headerOf(line: Members): { readonly backend: string; readonly names: 'hidden' | 'clear' } {
  const { roamkitTrace: version } = line
  if (version === undefined) throw new Invalid('this is no trace of Roamkit: roamkitTrace is missing')
  if (version !== TRACE_VERSION)
    throw new Invalid(
      `the version of the trace is ${shown(version)}, and this program reads ${TRACE_VERSION}`,
    )
  only(line, ['roamkitTrace', 'backend', 'names'])
  return { backend: textOf(line, 'backend'), names: oneOf(line, 'names', ['hidden', 'clear']) }
}

function parsed(text: string): Members {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Invalid('it is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Invalid('it is not an object')
  return value as Members
}

function only(members: Members, known: readonly string[]): void {
  const unknown = Object.keys(members).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new Invalid(`it has ${shown(unknown)}; it may have ${known.join(', ')}`)
}

function numberOf(members: Members, key: string, least: number): number {
  const value = members[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    throw new Invalid(`${key} is ${shown(value)}, not a whole number from ${least}`)
  return value
}

function textOf(members: Members, key: string): string {
  const value = members[key]
  if (typeof value !== 'string') throw new Invalid(`${key} is ${shown(value)}, not a text`)
  return value
}

function oneOf<Word extends string>(members: Members, key: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === members[key])
  if (word === undefined)
    throw new Invalid(`${key} is ${shown(members[key])}, not one of ${words.join(', ')}`)
  return word
}

function objectOf(members: Members, key: string): Members {
  const value = members[key]
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Invalid(`${key} is ${shown(value)}, not an object`)
  return value as Members
}

function listOf(members: Members, key: string): readonly unknown[] {
  const value = members[key] ?? []
  if (!Array.isArray(value)) throw new Invalid(`${key} is ${shown(value)}, not a list`)
  return value
}

/** A value for people: cut off, because it may be of any length. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
