import type { Command, Option } from 'commander'

/** An option of the command line. */
export interface OptionShape {
  /** The long one last: `--backend`. */
  readonly names: readonly string[]
  /** What its value is called in the help; `null` if it takes none. */
  readonly value: string | null
  readonly says: string
}

/** A command, with the options that it takes. */
export interface CommandShape {
  readonly name: string
  readonly says: string
  /** What its operand is called in the help; `null` if it takes none. */
  readonly operand: string | null
  readonly options: readonly OptionShape[]
}

/** The command line as plain data. */
export interface ProgramShape {
  readonly commands: readonly CommandShape[]
  /** Those that may stand before a command. */
  readonly options: readonly OptionShape[]
}

/** What the help of the program and of its commands shows. */
export function shapeOf(program: Command): ProgramShape {
  const help = program.createHelp()
  return {
    commands: help.visibleCommands(program).map((command) => ({
      name: command.name(),
      says: help.subcommandDescription(command),
      operand: command.registeredArguments[0]?.name() ?? null,
      options: optionsOf(command),
    })),
    options: optionsOf(program),
  }
}

function optionsOf(command: Command): readonly OptionShape[] {
  const help = command.createHelp()
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map(optionShape)
}

function optionShape({ short, long, flags, description }: Option): OptionShape {
  const [, value = null] = /<(.*)>/.exec(flags) ?? []
  return { names: [short, long].filter((name) => name !== undefined), value, says: description }
}
