import { spawn } from 'node:child_process'
import { exitCodeOf, type Interruption } from './interruption.js'

/** A command that could not be started. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** As shells have it: 127 where there is no such command, else 126. */
  readonly exitCode: 126 | 127

  /** @param message for people, with the command's name in it: hostile text */
  constructor(exitCode: 126 | 127, message: string, options: { readonly cause: unknown }) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/**
 * Runs a command on this process's own standard streams, without a shell, and passes on the signals that come meanwhile.
 * Resolves, when it has ended, to its exit code as shells count it.
 * @throws CommandError where it cannot be started
 */
export function runCommand(
  [program, ...parameters]: readonly [program: string, ...parameters: string[]],
  interruption: Interruption,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: 'inherit', shell: false })
    const undo = interruption.onSignal((signal) => {
      // A terminal sends Ctrl-C to all its foreground processes, the command included; twice would mean something else to it.
      if (signal === 'SIGINT' && isOnTerminal()) return
      child.kill(signal)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Also emitted for a signal that could not be sent: then the command goes on.
      if (child.pid !== undefined) return
      undo()
      const exitCode = error.code === 'ENOENT' ? 127 : 126
      const why = exitCode === 127 ? 'there is no such command' : error.message
      reject(new CommandError(exitCode, `cannot run '${program}': ${why}`, { cause: error }))
    })
    child.on('exit', (code, signal) => {
      undo()
      resolve(signal === null ? (code ?? 1) : exitCodeOf(signal))
    })
  })
}

function isOnTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY === true)
}
