import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import headless from '@xterm/headless'
import { expect, onTestFinished, vi } from 'vitest'

/** The built command line. */
export const CLI = fileURLToPath(import.meta.resolve('roamkit/package.json')).replace(
  'package.json',
  'dist/cli.js',
)

/** The size of a terminal. */
export interface Size {
  readonly rows: number
  readonly columns: number
}

const USUAL: Size = { rows: 24, columns: 80 }

/** How long a busy machine may take, in milliseconds. */
export const LONGEST = 30_000

/** A program in a pseudo terminal that util-linux's script(1) makes, and a terminal emulator that shows it. */
export class TerminalScreen {
  /** The exit code. */
  readonly finished: Promise<number | null>
  readonly #terminal
  readonly #child
  readonly #folder: string
  #output = ''
  #shown: Promise<void> = Promise.resolve()

  /** @param line for sh(1), which runs it as the only program of the terminal */
  constructor(line: string, environment: NodeJS.ProcessEnv = {}, { rows, columns } = USUAL) {
    this.#folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
    const begin = `stty rows ${rows} cols ${columns}; tty > '${this.#folder}/tty'`
    this.#child = spawn('script', ['-qefc', `${begin}; ${line}`, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1', TERM: 'xterm-256color', ...environment },
      detached: true,
    })
    onTestFinished(() => {
      this.#child.kill('SIGKILL')
      rmSync(this.#folder, { recursive: true })
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
      this.#shown = new Promise((resolve) => this.#terminal.write(text, resolve))
    })
    this.finished = new Promise((resolve) => {
      this.#child.on('close', async (code) => {
        await this.#shown
        resolve(code)
      })
    })
  }

  /** Everything that the program has written. */
  get output(): string {
    return this.#output
  }

  /** The lines on the screen, without the spaces at their ends. */
  get lines(): readonly string[] {
    return linesOf(this.#terminal)
  }

  /** The lines on the screen and above it. */
  get history(): readonly string[] {
    const { active } = this.#terminal.buffer
    return Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? '',
    )
  }

  get buffer(): 'normal' | 'alternate' {
    return this.#terminal.buffer.active.type
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  resize({ rows, columns }: Size): void {
    this.#terminal.resize(columns, rows)
    const tty = readFileSync(`${this.#folder}/tty`, 'utf8').trim()
    execFileSync('stty', ['-F', tty, 'rows', String(rows), 'cols', String(columns)])
  }

  /** The id of the terminal's first process: the program, if the line has an `exec` before it. */
  get pid(): number {
    const { pid } = this.#child
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
  }

  /** Ends the emulator: the terminal is gone. */
  vanish(): void {
    this.#child.kill('SIGKILL')
  }

  /** Resolves when the screen is so. A shell may start the program several times for that. */
  async until(isSo: (lines: readonly string[]) => boolean): Promise<void> {
    await vi.waitFor(() => {
      const { lines } = this
      expect(isSo(lines), `${isSo}\n${lines.join('\n')}`).toBe(true)
    }, LONGEST)
  }

  /** Resolves when a line of the screen matches. */
  shows(what: RegExp): Promise<void> {
    return this.until((lines) => lines.some((line) => what.test(line)))
  }
}

/** What a terminal of that size shows after each of these outputs. */
export async function screensAfter(
  outputs: readonly string[],
  { rows, columns }: Size = USUAL,
): Promise<readonly (readonly string[])[]> {
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
  const screens: (readonly string[])[] = []
  for (const output of outputs) {
    await new Promise<void>((resolve) => terminal.write(output, resolve))
    screens.push(linesOf(terminal))
  }
  return screens
}

function linesOf({ buffer: { active }, rows }: headless.Terminal): readonly string[] {
  return Array.from(
    { length: rows },
    (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
  )
}
