import { nearest } from '@roamkit/core/backend-kit'
import { Command, CommanderError, Option } from 'commander'
import type { ProbeTarget } from '../probe/probe-target.js'
import { type ProgramShape, shapeOf } from './completion/program-shape.js'
import { SHELLS, type Shell } from './completion/shells.js'
import { DESCRIPTIONS, EXIT_CODES, examples } from './help.js'
import { backendName, milliseconds, probeTarget } from './option-values.js'
import { type BackendChoice, type BackendName, type Request, type RoamAnswer, UsageError } from './request.js'

/** How the help is laid out. */
export interface HelpStyle {
  /** The width of the terminal; `null`: there is none. */
  readonly columns: number | null
}

/** The width of the help if there is no terminal. */
const WIDTH = 100

/**
 * Understands a command line, without doing anything.
 * @param words the arguments after the program's name
 * @throws UsageError that names what is wrong
 */
export function parseCommandLine(
  words: readonly string[],
  { columns }: HelpStyle = { columns: null },
): Request {
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  let help = ''
  let request: Request | null = null
  const program = new Command('roamkit').exitOverride().configureOutput({
    writeOut: (text) => {
      help += text
    },
    // What is wrong is in the error.
    writeErr: () => {},
    getOutHelpWidth: () => columns ?? WIDTH,
    getOutHasColors: () => false,
  })
  defineCommands(program, end < 0 ? null : words.slice(end + 1), (made) => {
    request = made
  })
  try {
    program.parse(own, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.version') return { command: 'version' }
    if (error.exitCode === 0) return { command: 'help', text: help.trimEnd() }
    throw usageError(error, program, own)
  }
  if (request === null) throw new UsageError('no command given', { command: null })
  return request
}

/** The commands, options and operands, for the completion in a shell. */
export function programShape(): ProgramShape {
  const program = new Command('roamkit')
  defineCommands(program, null, () => {})
  return shapeOf(program)
}

/** The values of a command's options. */
interface Values {
  readonly json?: boolean
  readonly lines?: boolean
  readonly for?: number
  readonly hold?: number
  readonly grace?: number
  readonly backend?: BackendName
  readonly bus?: string
  readonly accept?: boolean
  readonly ask?: boolean
  readonly never?: boolean
  readonly probe?: ProbeTarget
  readonly selfTest?: boolean
  readonly open?: string
  readonly clearNames?: boolean
}

/** A command that was called: its name, its operand if it takes one, and its options. */
interface Called {
  readonly command: string
  readonly operand: string | null
  readonly values: Values
}

type Run = readonly [program: string, ...parameters: string[]]

function defineCommands(
  program: Command,
  afterDashes: readonly string[] | null,
  made: (request: Request) => void,
): void {
  program
    .description(DESCRIPTIONS.program)
    .usage('<command> [options]')
    .option('--backend <name>', DESCRIPTIONS.backend, backendName)
    .option('--bus <address>', DESCRIPTIONS.bus)
    .version('', '--version', 'print the version')
    .helpOption('-h, --help', 'print help for roamkit or for a command')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\n${examples('program')}\n\n${EXIT_CODES}`)

  /** `operand`: what the one that it takes is called; `null`: it takes none. */
  const define = (
    name: keyof typeof DESCRIPTIONS.commands,
    operand: string | null,
    toRequest: (called: Called) => Request,
  ): Command => {
    const { summary, description } = DESCRIPTIONS.commands[name]
    const command = program
      .command(name, { hidden: name === 'complete' })
      .summary(summary)
      .description(description)
    if (operand !== null) command.argument(operand)
    // Checked here, so that the error names it.
    command.allowExcessArguments()
    const shown = examples(name)
    if (shown !== '') command.addHelpText('after', `\n${shown}`)
    return command.action(() => {
      const operands = command.args
      const surplus = operands[operand === null ? 0 : 1]
      if (surplus !== undefined) throw new UsageError(`unexpected argument '${surplus}'`, { command: name })
      if (afterDashes !== null && name !== 'open' && name !== 'complete')
        throw new UsageError(`${name} does not accept a command after --`, { command: name })
      const values: Values = command.optsWithGlobals()
      made(toRequest({ command: name, operand: operands[0] ?? null, values }))
    })
  }
  const json = DESCRIPTIONS.json

  define('list', null, ({ values }) => ({
    command: 'list',
    ...format(values),
    ...backend(values, 'list'),
  })).option('--json', json.array)

  define('scan', null, ({ values }) => ({
    command: 'scan',
    ...format(values),
    ...backend(values, 'scan'),
  })).option('--json', json.array)

  define('holders', null, ({ values }) => ({
    command: 'holders',
    ...format(values),
    ...backend(values, 'holders'),
  })).option('--json', json.array)

  define('monitor', null, ({ values }) => ({
    command: 'monitor',
    ...format(values),
    view: values.lines ? 'lines' : 'live',
    duration: values.for ?? null,
    ...backend(values, 'monitor'),
  }))
    .addOption(new Option('--json', json.lines).conflicts('lines'))
    .option('--lines', DESCRIPTIONS.lines)
    .option('--for <ms>', 'end after this many milliseconds', milliseconds)

  define('open', '<identifier|name>', (called) => openRequest(called, afterDashes))
    .usage('<identifier|name> [options] [-- <command> [argument...]]')
    .option(
      '--json',
      `${json.lines}; cannot be used with a command, because the command uses standard output`,
    )
    .option('--hold <ms>', 'hold the link for this many milliseconds', milliseconds)
    .option(
      '--grace <ms>',
      'how long to wait for a lost link to come back before the session ends (default: 5000)',
      milliseconds,
    )

  define('roam', null, roamRequest)
    .addOption(new Option('--accept', 'accept every offer and every trial').conflicts(['ask', 'never']))
    .addOption(new Option('--ask', 'ask on the terminal').conflicts(['never']))
    .addOption(new Option('--never', 'decline every offer'))
    .option('--probe <host:port|url>', DESCRIPTIONS.probe, probeTarget)
    .option('--json', json.lines)
    .option('--for <ms>', 'end after this many milliseconds', milliseconds)

  define('doctor', '[identifier|name]', doctorRequest)
    .option('--json', json.object)
    .option('--self-test', DESCRIPTIONS.selfTest)

  define('record', '<file>', ({ operand, values }) => ({
    command: 'record',
    // Commander has made sure that there is one.
    file: operand ?? '',
    open: values.open ?? null,
    duration: values.for ?? null,
    names: values.clearNames ? 'clear' : 'hidden',
    ...backend(values, 'record'),
  }))
    .option('--open <identifier|name>', 'open a session on this configuration, and close it at the end')
    .option('--for <ms>', 'end after this many milliseconds', milliseconds)
    .option('--clear-names', DESCRIPTIONS.clearNames)

  define('replay', '<file>', ({ operand, values }) => {
    refuseBackend(values, 'replay', 'it plays the backend of the trace')
    return { command: 'replay', file: operand ?? '', ...format(values) }
  })
    .option('--json', json.lines)
    .configureHelp({ showGlobalOptions: false })

  define('demo', null, ({ values }) => {
    refuseBackend(values, 'demo', 'it always uses the scripted network')
    return { command: 'demo' }
  }).configureHelp({ showGlobalOptions: false })

  define('completion', '<shell>', ({ operand, values }) => {
    refuseBackend(values, 'completion', 'it is about the command line')
    return { command: 'completion', shell: shell(operand, 'completion') }
  }).configureHelp({ showGlobalOptions: false })

  define('complete', '<shell>', ({ operand }) => ({
    command: 'complete',
    shell: shell(operand, 'complete'),
    words: afterDashes ?? [],
  }))
}

/** @throws UsageError if it is none that there is a script for */
function shell(name: string | null, command: string): Shell {
  const found = SHELLS.find((known) => known === name)
  if (found !== undefined) return found
  throw new UsageError(`unknown shell '${name}': choose bash, zsh or fish`, { command })
}

/** @throws UsageError if a backend is chosen for a command that has its own */
function refuseBackend(values: Values, command: string, why: string): void {
  for (const option of ['backend', 'bus'] as const)
    if (values[option] !== undefined)
      throw new UsageError(`${command} does not accept --${option}: ${why}`, { command })
}

function format({ json }: Values): { readonly format: 'text' | 'json' } {
  return { format: json ? 'json' : 'text' }
}

/** The backends whose daemon is on a D-Bus. */
const ON_A_BUS: readonly (BackendName | undefined)[] = ['networkmanager', 'connman', 'networkd']

/** `--bus` selects the bus of a daemon, NetworkManager's if no other is asked for, so it excludes every other backend. */
function backend({ backend: name, bus }: Values, command: string): BackendChoice {
  if (bus === undefined) return { backend: name ?? 'platform', bus: null }
  if (name !== undefined && !ON_A_BUS.includes(name))
    throw new UsageError(
      `--bus cannot be used with --backend ${name}: it is for networkmanager, connman and networkd`,
      { command },
    )
  return { backend: name ?? 'networkmanager', bus }
}

function openRequest({ command, operand, values }: Called, afterDashes: readonly string[] | null): Request {
  const run = commandOf(afterDashes)
  if (run !== null && values.hold !== undefined)
    throw new UsageError('--hold cannot be used with a command: the link is held while the command runs', {
      command,
    })
  if (run !== null && values.json)
    throw new UsageError('--json cannot be used with a command, because the command uses standard output', {
      command,
    })
  return {
    command: 'open',
    // Commander has made sure that there is one.
    target: operand ?? '',
    ...format(values),
    hold: values.hold ?? null,
    grace: values.grace ?? null,
    run,
    ...backend(values, command),
  }
}

function commandOf(afterDashes: readonly string[] | null): Run | null {
  if (afterDashes === null) return null
  const [program, ...parameters] = afterDashes
  if (program === undefined) throw new UsageError('no command given after --', { command: 'open' })
  return [program, ...parameters]
}

function roamRequest({ command, values }: Called): Request {
  const answer: RoamAnswer =
    (['accept', 'ask', 'never'] as const).find((option) => values[option]) ?? 'forced'
  if (values.probe !== undefined && (answer === 'never' || answer === 'forced'))
    throw new UsageError('--probe requires --accept or --ask: without them its result is not used', {
      command,
    })
  return {
    command: 'roam',
    ...format(values),
    answer,
    probe: values.probe ?? null,
    duration: values.for ?? null,
    ...backend(values, command),
  }
}

function doctorRequest({ command, operand, values }: Called): Request {
  if (!values.selfTest)
    return { command: 'doctor', target: operand, ...format(values), ...backend(values, command) }
  if (operand !== null)
    throw new UsageError(`unexpected argument '${operand}': --self-test is about the backend`, { command })
  return { command: 'selfTest', ...format(values), ...backend(values, command) }
}

/** Commander's errors in the manner of ours: `error: unknown option '--fro'\n(Did you mean --for?)`. */
function usageError(error: CommanderError, program: Command, words: readonly string[]): UsageError {
  const names = program.commands.map((command) => command.name())
  const command = words.find((word) => names.includes(word)) ?? null
  if (error.code === 'commander.help') {
    // Commander prints the help if no command is given, and for `help` with an unknown command.
    const [, asked] = words.indexOf('help') < 0 ? [] : words.slice(words.indexOf('help'))
    if (asked === undefined) return new UsageError('no command given', { command: null })
    const [guess] = nearest(asked, names)
    const hint = guess === undefined ? '' : `; did you mean ${guess}?`
    return new UsageError(`unknown command '${asked}'${hint}`, { command: null })
  }
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
  return new UsageError(message, { command }, { cause: error })
}
