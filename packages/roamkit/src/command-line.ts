import { parseArgs } from 'node:util'
import { nearest } from './nearest.js'
import type { ProbeTarget } from './probe.js'
import { parseProbeTarget } from './probe-target.js'

/** The backends that can be asked for by name; `platform` is what one gets unasked. */
export type BackendName = 'platform' | 'networkmanager' | 'windows' | 'generic' | 'mock'

/** Where the facts come from. */
export interface BackendChoice {
  readonly backend: BackendName
  /** The D-Bus address, `null`: the system's. */
  readonly bus: string | null
}

/** How a command prints what it has to say. */
export type Format = 'text' | 'json'

/** `roamkit list`. */
export interface ListRequest extends BackendChoice {
  readonly command: 'list'
  readonly format: Format
}

/** `roamkit holders`. */
export interface HoldersRequest extends BackendChoice {
  readonly command: 'holders'
  readonly format: Format
}

/** `roamkit monitor`. */
export interface MonitorRequest extends BackendChoice {
  readonly command: 'monitor'
  readonly format: Format
  /** Milliseconds, `null`: until it is told to end. */
  readonly duration: number | null
}

/** `roamkit open`. */
export interface OpenRequest extends BackendChoice {
  readonly command: 'open'
  readonly format: Format
  /** An identifier or a name. */
  readonly target: string
  /** Milliseconds, `null`: until the command or a signal ends it. */
  readonly hold: number | null
  /** Milliseconds, `null`: core's default. */
  readonly grace: number | null
  /** What to run meanwhile, the program first; `null`: nothing. */
  readonly run: readonly [program: string, ...parameters: string[]] | null
}

/** What becomes of offers: taken, asked about, left; `forced`: nobody is asked, and the session roams by itself. */
export type RoamAnswer = 'accept' | 'ask' | 'never' | 'forced'

/** `roamkit roam`. */
export interface RoamRequest extends BackendChoice {
  readonly command: 'roam'
  readonly format: Format
  readonly answer: RoamAnswer
  /** What a candidate has to reach, `null`: nothing. */
  readonly probe: ProbeTarget | null
  /** Milliseconds, `null`: until it is told to end. */
  readonly duration: number | null
}

/** `roamkit doctor`. */
export interface DoctorRequest extends BackendChoice {
  readonly command: 'doctor'
  readonly format: Format
  /** An identifier or a name; `null`: all there is. */
  readonly target: string | null
}

/** `roamkit doctor --self-test`. */
export interface SelfTestRequest extends BackendChoice {
  readonly command: 'selfTest'
  readonly format: Format
}

/** Everything that can be asked of the command line. */
export type Request =
  | ListRequest
  | HoldersRequest
  | MonitorRequest
  | OpenRequest
  | DoctorRequest
  | SelfTestRequest
  | RoamRequest
  | { readonly command: 'demo' | 'help' | 'version' }

/** The command line makes no sense. The message is for people, and holds what they wrote: hostile text. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const OPTIONS = {
  json: { type: 'boolean' },
  for: { type: 'string' },
  hold: { type: 'string' },
  grace: { type: 'string' },
  backend: { type: 'string' },
  bus: { type: 'string' },
  accept: { type: 'boolean' },
  ask: { type: 'boolean' },
  never: { type: 'boolean' },
  probe: { type: 'string' },
  'self-test': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const

type Option = keyof typeof OPTIONS
type Values = ReturnType<typeof read>['values']

/** Which options go with which command. */
const TAKES: Readonly<
  Record<'list' | 'holders' | 'monitor' | 'open' | 'roam' | 'doctor' | 'demo', readonly Option[]>
> = {
  list: ['json', 'backend', 'bus'],
  holders: ['json', 'backend', 'bus'],
  monitor: ['json', 'for', 'backend', 'bus'],
  open: ['json', 'hold', 'grace', 'backend', 'bus'],
  roam: ['accept', 'ask', 'never', 'probe', 'json', 'for', 'backend', 'bus'],
  doctor: ['json', 'self-test', 'backend', 'bus'],
  demo: [],
}

/** The longest time that a timer understands. */
const LONGEST = 2 ** 31 - 1

/**
 * Understands a command line, without doing anything.
 * @param words the arguments after the program's name
 * @throws UsageError that names what makes no sense
 */
export function parseCommandLine(words: readonly string[]): Request {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  const [program, ...parameters] = end < 0 ? [] : words.slice(end + 1)
  const { values, positionals } = read(own)
  if (values.help) return { command: 'help' }
  if (values.version) return { command: 'version' }
  const [command, ...operands] = positionals
  if (command === undefined) throw new UsageError('no command')
  if (!isCommand(command)) throw new UsageError(unknownCommand(command))
  for (const option of Object.keys(values) as Option[])
    if (!TAKES[command].includes(option)) throw new UsageError(`${command} takes no --${option}`)
  if (end >= 0 && command !== 'open') throw new UsageError(`${command} runs no command after --`)
  if (end >= 0 && program === undefined) throw new UsageError('there is no command after --')
  const surplus = operands[command === 'open' || command === 'doctor' ? 1 : 0]
  if (surplus !== undefined) throw new UsageError(`${command} does not understand '${surplus}'`)
  const format: Format = values.json ? 'json' : 'text'
  switch (command) {
    case 'list':
    case 'holders':
      return { command, format, ...backendChoice(values) }
    case 'monitor':
      return { command, format, duration: milliseconds('for', values), ...backendChoice(values) }
    case 'open': {
      const [target] = operands
      if (target === undefined) throw new UsageError('open what? It wants an identifier or a name')
      const hold = milliseconds('hold', values)
      const run = program === undefined ? null : ([program, ...parameters] as const)
      if (run && hold !== null) throw new UsageError('--hold and a command exclude each other')
      if (run && values.json)
        throw new UsageError("--json and a command exclude each other: standard output is the command's")
      const grace = milliseconds('grace', values)
      return { command, target, format, hold, grace, run, ...backendChoice(values) }
    }
    case 'roam': {
      const [answer, probe] = [roamAnswer(values), probeTarget(values)]
      if (probe !== null && (answer === 'never' || answer === 'forced'))
        throw new UsageError('--probe goes with --accept or --ask: otherwise nothing depends on it')
      const duration = milliseconds('for', values)
      return { command, format, answer, probe, duration, ...backendChoice(values) }
    }
    case 'doctor':
      if (values['self-test']) return selfTest(operands, format, backendChoice(values))
      return { command, target: operands[0] ?? null, format, ...backendChoice(values) }
    case 'demo':
      return { command }
  }
}

function selfTest(operands: readonly string[], format: Format, choice: BackendChoice): SelfTestRequest {
  const [target] = operands
  if (target !== undefined)
    throw new UsageError(`doctor --self-test is about the backend, and takes no '${target}'`)
  return { command: 'selfTest', format, ...choice }
}

function read(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true, strict: true })
  } catch (error) {
    // Node goes on with advice that does not fit here.
    const [message = ''] = String((error as Error).message).split(/\. |\n/)
    throw new UsageError(message, { cause: error })
  }
}

function backendChoice({ backend, bus }: Values): BackendChoice {
  // Whoever names a bus means the service on it, and is not helped by another backend.
  const unasked = bus === undefined ? 'platform' : 'networkmanager'
  const name = backend === undefined ? unasked : backendName(backend)
  if (bus !== undefined && name !== 'networkmanager')
    throw new UsageError(`--bus goes with networkmanager, not with ${name}`)
  return { backend: name, bus: bus ?? null }
}

function roamAnswer(values: Values): RoamAnswer {
  const given = (['accept', 'ask', 'never'] as const).filter((answer) => values[answer])
  if (given.length > 1)
    throw new UsageError(`${given.map((answer) => `--${answer}`).join(' and ')} exclude each other`)
  return given[0] ?? 'forced'
}

function probeTarget({ probe }: Values): ProbeTarget | null {
  if (probe === undefined) return null
  const target = parseProbeTarget(probe)
  if (target === null) throw new UsageError(`--probe wants host:port or an http(s) URL, not '${probe}'`)
  return target
}

const BACKENDS = ['networkmanager', 'windows', 'generic', 'mock'] as const

function backendName(name: string): BackendName {
  const found = BACKENDS.find((known) => known === name)
  if (found !== undefined) return found
  throw new UsageError(`there is no backend '${name}'; there are ${BACKENDS.join(', ')}`)
}

function milliseconds(option: 'for' | 'hold' | 'grace', values: Values): number | null {
  const text = values[option]
  if (text === undefined) return null
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= LONGEST) return value
  throw new UsageError(`--${option} wants milliseconds from 0 to ${LONGEST}, not '${text}'`)
}

function isCommand(word: string): word is keyof typeof TAKES {
  return Object.hasOwn(TAKES, word)
}

function unknownCommand(word: string): string {
  const [guess] = nearest(word, Object.keys(TAKES))
  return `there is no command '${word}'${guess === undefined ? '' : `; did you mean ${guess}?`}`
}
