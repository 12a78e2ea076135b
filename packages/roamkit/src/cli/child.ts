import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { exitCodeOf } from './exit-codes.js'
import { type EndingSignal, type Interruption, ONE_REQUEST } from './interruption.js'

/** A command that could not be started. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** As in shells: 127 if the command does not exist, else 126. */
  readonly exitCode: 126 | 127

  /** @param message for people, with the command's name in it: untrusted text */
  constructor(exitCode: 126 | 127, message: string, options: { readonly cause: unknown }) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/**
 * Runs a command on this process's own standard streams, without a shell, and passes on the signals that arrive meanwhile.
 * Resolves, when it has ended, to its exit code as shells count it.
 *
 * On a terminal the command shares this process's group, so that it can use the terminal; Ctrl-C and Ctrl-\ reach it from
 * there, and are not sent again. Without one it leads a group of its own, and signals go to that whole group: to what
 * the command has started, too. On Windows, the console itself signals all its processes.
 *
 * A command that goes on after it was asked to end is waited for. When it is asked a second time, it is killed.
 * @param note called with a text for people if a signal cannot be passed on, or when the command is killed
 * @throws CommandError if it cannot be started
 */
export function runCommand(
  [program, ...parameters]: readonly [program: string, ...parameters: string[]],
  interruption: Interruption,
  note: (text: string) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const terminal = hasTerminal()
    const ownGroup = !terminal && process.platform !== 'win32'
    const child = started(program, parameters, ownGroup)
    const job = new Job(child, { ownGroup, note })
    const undo = interruption.handOver((signal) => {
      if (isOfTheKeyboard(signal) && terminal) return
      job.signal(signal)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Also emitted for a signal that could not be sent: then the command goes on.
      if (child.pid !== undefined) return
      undo()
      reject(notStarted(program, error))
    })
    child.on('exit', (code, signal) => {
      undo()
      resolve(signal === null ? (code ?? 1) : exitCodeOf(signal))
    })
  })
}

/** @throws CommandError for what Node does not emit as an event, such as an empty name (as for shells, there is no such command) */
function started(program: string, parameters: readonly string[], ownGroup: boolean): ChildProcess {
  try {
    return spawn(program, parameters, { stdio: 'inherit', shell: false, detached: ownGroup })
  } catch (error) {
    throw notStarted(program, error as NodeJS.ErrnoException)
  }
}

function notStarted(program: string, error: NodeJS.ErrnoException): CommandError {
  const exitCode = program === '' || error.code === 'ENOENT' ? 127 : 126
  const why = exitCode === 127 ? 'command not found' : error.message
  return new CommandError(exitCode, `cannot run '${program}': ${why}`, { cause: error })
}

interface JobOptions {
  /** Whether the command leads a process group of its own. */
  readonly ownGroup: boolean
  readonly note: (text: string) => void
}

/** A running command, and the processes that it started if they are in a group of their own. */
class Job {
  readonly #child: ChildProcess
  readonly #options: JobOptions
  readonly #last = new Map<EndingSignal, number>()
  #asked: number | null = null

  constructor(child: ChildProcess, options: JobOptions) {
    this.#child = child
    this.#options = options
  }

  /** Passes a signal on; kills the command if that is the second request. */
  signal(name: EndingSignal): void {
    const now = performance.now()
    if (this.#asked !== null && now - this.#asked >= ONE_REQUEST) {
      this.#options.note(`received ${name} again: killing the command`)
      return this.#send('SIGKILL')
    }
    const isRepeated = now - (this.#last.get(name) ?? Number.NEGATIVE_INFINITY) < ONE_REQUEST
    this.#asked ??= now
    this.#last.set(name, now)
    // Windows's console has signalled it already.
    if (isRepeated || process.platform === 'win32') return
    this.#send(name)
    // A command that is stopped gets its signal when it goes on.
    this.#send('SIGCONT')
  }

  #send(name: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(this.#options.ownGroup ? -pid : pid, name)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      // It has ended in this moment.
      if (code !== 'ESRCH') this.#options.note(`cannot pass ${name} on to the command: ${message}`)
    }
  }
}

/** Sent by a terminal to all processes of the foreground, this one and the command. */
function isOfTheKeyboard(signal: EndingSignal): boolean {
  return signal === 'SIGINT' || signal === 'SIGQUIT' || signal === 'SIGBREAK'
}

/** Whether this process has a terminal that may signal it, wherever its standard streams go. */
function hasTerminal(): boolean {
  if (process.platform === 'win32')
    return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY === true)
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    // ENXIO: it has none.
    return false
  }
}
