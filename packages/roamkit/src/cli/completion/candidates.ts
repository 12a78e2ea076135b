import { BACKENDS } from '../option-values.js'
import type { BackendName } from '../request.js'
import type { CommandShape, OptionShape, ProgramShape } from './program-shape.js'
import { SHELLS } from './shells.js'

/** A value that a word can become, and what it stands for. Neither has a character that a terminal obeys. */
export interface Candidate {
  readonly value: string
  readonly says: string
}

/** What can be at a place of a command line. */
export type Expected =
  | { readonly kind: 'values'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'files' | 'commands' }
  /** A configuration, of the backend that the line names. */
  | {
      readonly kind: 'configuration'
      /** What stands before it in the word. */
      readonly prefix: string
      readonly command: string
      readonly backend: BackendName | null
      readonly bus: string | null
    }

const NOTHING: Expected = { kind: 'values', candidates: [] }

/**
 * What the last word of a command line can be.
 * @param words the words between the program's name and that word
 * @param current what there is of it
 */
export function expectedAt(program: ProgramShape, words: readonly string[], current: string): Expected {
  const { command, operands, given, open, afterDashes } = read(program, words)
  if (afterDashes !== null) {
    if (command?.name !== 'open') return NOTHING
    return { kind: afterDashes === 0 ? 'commands' : 'files' }
  }
  const options = command === null ? program.options : command.options
  const context = { program, command, given }
  if (open !== null) return valuesOf(open.value, context)
  const [, name, equals] = /^(--[^=]*)(=?)/.exec(current) ?? []
  if (equals === '=') {
    const option = options.find(({ names }) => names.includes(name ?? ''))
    return prefixed(`${name}=`, valuesOf(option?.value ?? null, context))
  }
  if (current.startsWith('-')) {
    const left = options.filter(({ names }) => !names.some((one) => given.has(one)))
    return values(left.map(({ names, says }) => ({ value: names.at(-1) ?? '', says: firstClause(says) })))
  }
  if (operands > 0) return NOTHING
  return command === null ? commandsOf(program) : valuesOf(command.operand, context)
}

interface Read {
  readonly command: CommandShape | null
  /** How many words are neither the command nor of an option. */
  readonly operands: number
  /** The options, and their values. */
  readonly given: ReadonlyMap<string, string>
  /** The option whose value is next. */
  readonly open: OptionShape | null
  /** How many words there are after `--`; `null` if there is none. */
  readonly afterDashes: number | null
}

function read(program: ProgramShape, words: readonly string[]): Read {
  const given = new Map<string, string>()
  let command: CommandShape | null = null
  let operands = 0
  let open: OptionShape | null = null
  for (const [at, word] of words.entries()) {
    if (open !== null) {
      given.set(open.names.at(-1) ?? '', word)
      open = null
    } else if (word === '--') {
      return { command, operands, given, open, afterDashes: words.length - at - 1 }
    } else if (word.startsWith('-')) {
      const [name = '', value] = word.split(/=(.*)/s)
      given.set(name, value ?? '')
      const options: readonly OptionShape[] = command === null ? program.options : command.options
      const option = options.find(({ names }) => names.includes(name))
      if (option?.value != null && value === undefined) open = option
    } else if (command !== null || operands > 0) operands += 1
    else {
      command = program.commands.find(({ name }) => name === word) ?? null
      if (command === null) operands += 1
    }
  }
  return { command, operands, given, open, afterDashes: null }
}

interface Context {
  readonly program: ProgramShape
  readonly command: CommandShape | null
  readonly given: ReadonlyMap<string, string>
}

/** What stands for a placeholder of the help; `null`: there is nothing to complete. */
function valuesOf(placeholder: string | null, { program, command, given }: Context): Expected {
  switch (placeholder) {
    case 'identifier|name':
      return {
        kind: 'configuration',
        prefix: '',
        command: command?.name ?? '',
        backend: BACKENDS.find((known) => known === given.get('--backend')) ?? null,
        bus: given.get('--bus') ?? null,
      }
    case 'file':
      return { kind: 'files' }
    // Of --backend.
    case 'name':
      return values(BACKENDS.map((value) => ({ value, says: '' })))
    case 'shell':
      return values(SHELLS.map((value) => ({ value, says: '' })))
    case 'command':
      return commandsOf(program)
    default:
      return NOTHING
  }
}

function commandsOf({ commands }: ProgramShape): Expected {
  return values(commands.map(({ name, says }) => ({ value: name, says })))
}

function values(candidates: readonly Candidate[]): Expected {
  return { kind: 'values', candidates }
}

function prefixed(prefix: string, expected: Expected): Expected {
  if (expected.kind === 'configuration') return { ...expected, prefix }
  if (expected.kind !== 'values') return NOTHING
  return values(expected.candidates.map(({ value, says }) => ({ value: prefix + value, says })))
}

/** Of a description of an option, what fits beside it. */
function firstClause(text: string): string {
  return text.split(/[;:(.]/, 1)[0]?.trim() ?? ''
}
