import {
  type BackendErrorCode,
  factFaults,
  type LinkConfiguration,
  type World,
  worldFaults,
} from '@roamkit/core/contract'
import { freezeCopy } from '../plain-data.js'
import {
  Invalid,
  listOf,
  type Members,
  manyMembers,
  numberOf,
  objectOf,
  oneOf,
  only,
  refuse,
  shown,
  textOf,
} from './line-members.js'
import {
  type Command,
  ERROR_CODES,
  type SessionCallLine,
  type SessionEventLine,
  TRACE_VERSION,
  type WorldFacts,
} from './trace-lines.js'

/** The longest trace, in UTF-16 code units, and the most lines and configurations in one. */
const LONGEST = 64 * 1024 * 1024
const MOST_LINES = 1_000_000
const MOST_CONFIGURATIONS = 10_000
/** The most configurations of all worlds together, because each world is a list of its own. A change counts as much as a list of 20. */
const MOST_WORK = 30_000_000
const WORK_OF_A_CHANGE = 20

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
  /** When, in milliseconds since the trace began. */
  readonly at: number
  /** The index of the first of its steps after that. */
  readonly before: number
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
  const parser = new Parser()
  let count = 0
  for (const line of linesOf(text)) {
    count += 1
    if (count > MOST_LINES) throw new TraceError(count, `a trace has at most ${MOST_LINES} lines`)
    try {
      parser.take(line)
    } catch (error) {
      const message = faultIn(error)
      if (message === null) throw error
      throw new TraceError(count, message, { cause: error })
    }
  }
  return parser.end(count)
}

/** The lines of a text, without the last one if it does not end: a recording that was killed ends in the middle of a line. */
function* linesOf(text: string): Iterable<string> {
  let start = 0
  do {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    yield text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end)
    start = end + 1
  } while (text.includes('\n', start))
}

/** What is wrong in a line; `null`: the error is about something else. */
function faultIn(error: unknown): string | null {
  if (error instanceof Invalid) return error.message
  // A value that is nested thousands of times exhausts the stack.
  return error instanceof RangeError ? 'it is nested too deeply' : null
}

/** A command whose outcome may be still to come. */
type OpenCall = Asked & { outcome: Outcome | null }

class Parser {
  #header: { readonly backend: string; readonly names: 'hidden' | 'clear' } | null = null
  #at = 0
  #work = 0
  #facts: WorldFacts | null = null
  readonly #links = new Map<string, LinkConfiguration>()
  /** The ids of the links, sorted. */
  readonly #ids: string[] = []
  #configurations: readonly LinkConfiguration[] = []
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
    const changes = objectOf(line, 'world')
    if ('configurations' in changes) throw new Invalid('world has configurations; they belong into set')
    const [set, removed] = [listOf(line, 'set'), listOf(line, 'removed')]
    this.#count(WORK_OF_A_CHANGE * (set.length + removed.length))
    this.#facts = this.#changedFacts(changes)
    for (const [index, value] of set.entries()) this.#set(value, `set[${index}]`)
    for (const id of removed) this.#remove(id)
    this.#count(this.#ids.length)
    if (set.length > 0 || removed.length > 0 || this.#begin === null)
      this.#configurations = Object.freeze(this.#ids.map((id) => this.#links.get(id) as LinkConfiguration))
    const configurations = this.#configurations
    const world = Object.freeze({ configurations, ...this.#facts })
    if (this.#begin === null) this.#begin = world
    else this.#step({ type: 'world', at, world })
  }

  #changedFacts(changes: Members): WorldFacts {
    if (this.#facts !== null && Object.keys(changes).length === 0) return this.#facts
    const facts = { ...this.#facts, ...changes } as WorldFacts
    refuse(manyMembers(changes, 'world') ?? worldFaults({ ...facts, configurations: [] }))
    refuse(factFaults(changes, 'world', 'the world'))
    return freezeCopy(facts)
  }

  /** Changes a configuration, or adds it. What stays the same is not looked at again: it may be of any length. */
  #set(value: unknown, place: string): void {
    refuse(manyMembers(value, place) ?? factFaults(value, 'configuration', place))
    const { id } = value as { readonly id?: unknown }
    if (typeof id !== 'string') throw new Invalid(`${place} has no id`)
    const known = this.#links.get(id)
    const link = Object.freeze({ ...known, ...freezeCopy(value as LinkConfiguration) })
    this.#links.set(id, link)
    if (known !== undefined) return
    const world = { ...(this.#facts as WorldFacts), configurations: [link] }
    refuse(worldFaults(world).map((fault) => fault.replace('configurations[0]', place)))
    if (this.#links.size > MOST_CONFIGURATIONS)
      throw new Invalid(`there are more than ${MOST_CONFIGURATIONS} configurations`)
    this.#ids.splice(this.#place(id), 0, id)
  }

  #remove(id: unknown): void {
    if (typeof id !== 'string' || !this.#links.delete(id))
      throw new Invalid(`removed has ${shown(id)}, which is not there`)
    this.#ids.splice(this.#place(id), 1)
  }

  /** Where an id is or belongs among the sorted ones. */
  #place(id: string): number {
    let [low, high] = [0, this.#ids.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ids[middle] as string) < id) low = middle + 1
      else high = middle
    }
    return low
  }

  #count(work: number): void {
    this.#work += work
    if (this.#work > MOST_WORK) throw new Invalid('the trace has too many worlds, or too many changes')
  }

  #takeAsk(line: Members): void {
    only(line, ['at', 'call', 'ask', 'id', 'activation'])
    const call = numberOf(line, 'call', 1)
    if (this.#calls.has(call)) throw new Invalid(`call ${call} was asked before`)
    const ask = oneOf(line, 'ask', COMMANDS)
    const id = ask === 'scan' ? null : textOf(line, 'id')
    const activation = ask === 'deactivate' ? textOf(line, 'activation') : null
    this.#calls.set(call, { ask, id, activation, at: this.#at, before: this.#steps.length, outcome: null })
  }

  #takeAnswer(at: number, line: Members): void {
    only(line, ['at', 'call', 'answer', 'error'])
    const asked = this.#callOf(line)
    if (asked.outcome !== null) throw new Invalid(`call ${line.call} has ended`)
    if ('error' in line) {
      const error = objectOf(line, 'error')
      const code = oneOf(error, 'code', ERROR_CODES)
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
