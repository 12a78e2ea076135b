import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The built command line. */
export const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

/** What a finished run left. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The built command line as a process of its own, which a test can wait for without sleeping. */
export class RunningCli {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  #stdout = ''
  #stderr = ''
  #look: () => void = () => {}

  constructor(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    cwd: string = process.cwd(),
  ) {
    const child = spawn(process.execPath, [CLI, ...words], {
      env: { ...process.env, NO_COLOR: '', ...environment },
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      // Without the terminal that the tests may be run from: there, Ctrl-C would be the terminal's own matter.
      detached: process.platform !== 'win32',
    })
    this.child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#look()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#look()
    })
    this.finished = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }))
    })
    onTestFinished(() => void child.kill('SIGKILL'))
  }

  /** Resolves as soon as that has been printed, on either stream; rejects if the process ends without it. */
  async prints(what: RegExp): Promise<void> {
    const seen = () => what.test(this.#stdout) || what.test(this.#stderr)
    if (seen()) return
    const ended = this.finished.then(({ stdout, stderr }) => {
      if (!seen()) throw new Error(`it ended without ${what}:\n${stdout}${stderr}`)
    })
    await Promise.race([
      ended,
      new Promise<void>((resolve) => {
        this.#look = () => seen() && resolve()
      }),
    ])
  }
}

/** Runs the built command line to its end. */
export function runCli(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const running = new RunningCli(words, environment)
  running.child.stdin?.end()
  return running.finished
}
