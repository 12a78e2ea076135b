import { Writable } from 'node:stream'
import { createLogUpdate } from 'log-update'
import type { RedrawableTerminal } from './redrawable.js'

/** The size of a terminal, in characters. */
export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** The size of a terminal that does not report its own. */
const USUAL: ScreenSize = { columns: 80, rows: 24 }

/** Draws the lines of a screen: at most `rows`, each at most `columns` wide. Escaped. */
export type Drawing = (size: ScreenSize) => readonly string[]

/** The alternate screen, without a cursor. What the terminal takes for wider than we do is cut off there, not wrapped. */
const [ENTER, LEAVE] = ['\u001b[?1049h\u001b[?25l\u001b[?7l', '\u001b[?7h\u001b[?25h\u001b[?1049l']
/** Between these two a terminal shows nothing, if it knows them. */
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l']
const CLEAR = '\u001b[H\u001b[J'

/** Ctrl-C, Ctrl-D and Ctrl-\ are no signals while the terminal shows nothing of what is typed. */
const QUIT = ['q', 'Q', '\u0003', '\u0004', '\u001c']
const REFRESH = ['r', 'R', '\u000c']
const SUSPEND = '\u001a'

/**
 * A screen that is drawn again when something changes. It takes the terminal over from its making to its disposal, and gives it back as it was,
 * also if the process exits without disposing it or is suspended. Nothing is drawn twice in one turn of the event loop, and nothing without a
 * cause: {@link redraw}, another size, or a key.
 */
export class LiveScreen implements Disposable {
  readonly #terminal: RedrawableTerminal
  readonly #drawing: Drawing
  readonly #frame = new Frame()
  readonly #update = createLogUpdate(this.#frame, { showCursor: true })
  readonly #quit = new AbortController()
  /** Whether lines that are the same as before may be elsewhere now, so that all are drawn. */
  #isStale = true
  #isShown = false
  #next: NodeJS.Immediate | null = null

  constructor(terminal: RedrawableTerminal, drawing: Drawing) {
    this.#terminal = terminal
    this.#drawing = drawing
    const { stdin, stdout } = terminal
    // Before anything is changed that has to be undone.
    terminal.on('exit', this.#leave)
    terminal.on('SIGTSTP', this.#suspend)
    terminal.on('SIGCONT', this.#enter)
    stdout.on('resize', this.#refresh).on('drain', this.redraw)
    if (stdin.isTTY) stdin.on('data', this.#read).on('error', ignore)
    this.#enter()
  }

  /** Aborted when the person at the keyboard wants no more. */
  get quit(): AbortSignal {
    return this.#quit.signal
  }

  /** Draws what has changed, at the end of this turn of the event loop. */
  readonly redraw = (): void => {
    this.#next ??= setImmediate(() => {
      this.#next = null
      this.#draw()
    })
  };

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    const { stdin, stdout } = this.#terminal
    if (this.#next !== null) clearImmediate(this.#next)
    this.#leave()
    this.#terminal.off('exit', this.#leave)
    this.#terminal.off('SIGTSTP', this.#suspend)
    this.#terminal.off('SIGCONT', this.#enter)
    stdout.off('resize', this.#refresh).off('drain', this.redraw)
    // Its errors still arrive if the terminal is gone.
    if (stdin.isTTY) stdin.off('data', this.#read)
  }

  readonly #enter = (): void => {
    const { stdin, stdout } = this.#terminal
    this.#isShown = true
    // Off and on: a shell may have changed it meanwhile, unseen by Node.
    if (stdin.isTTY) stdin.setRawMode(false).setRawMode(true).resume()
    stdout.write(ENTER)
    this.#refresh()
  }

  readonly #leave = (): void => {
    if (!this.#isShown) return
    const { stdin, stdout } = this.#terminal
    this.#isShown = false
    stdout.write(LEAVE)
    if (stdin.isTTY) stdin.setRawMode(false).pause()
  }

  /** Does what the terminal does with Ctrl-Z, with its screen as it was. */
  readonly #suspend = (): void => {
    this.#leave()
    this.#terminal.off('SIGTSTP', this.#suspend)
    this.#terminal.kill(this.#terminal.pid, 'SIGTSTP')
    // Now it goes on, or was never stopped because no shell could continue it.
    this.#terminal.on('SIGTSTP', this.#suspend)
    this.#enter()
  }

  readonly #refresh = (): void => {
    this.#isStale = true
    this.redraw()
  }

  readonly #read = (bytes: Buffer): void => {
    const typed = bytes.toString('latin1')
    // An arrow or a function key is none of ours.
    const keys = typed.startsWith('\u001b') ? [] : [...typed]
    if (keys.some((key) => QUIT.includes(key))) this.#quit.abort()
    if (keys.some((key) => REFRESH.includes(key))) this.#refresh()
    // The whole group, as the terminal does: npx is stopped with us.
    if (keys.includes(SUSPEND) && this.#terminal.platform !== 'win32') this.#terminal.kill(0, 'SIGTSTP')
  }

  #draw(): void {
    const { stdout } = this.#terminal
    // A terminal that is slow gets the newest screen when it is ready, and none of those between.
    if (!this.#isShown || stdout.writableNeedDrain) return
    const size = { columns: stdout.columns || USUAL.columns, rows: stdout.rows || USUAL.rows }
    this.#frame.columns = size.columns
    this.#frame.rows = size.rows
    if (this.#isStale) this.#update.done()
    // log-update keeps its cursor below the last line, and loses count of a last line that is empty.
    const lines = this.#drawing({ ...size, rows: size.rows - 1 }).map((line) => line || ' ')
    this.#update(lines.join('\n'))
    const drawn = this.#frame.take()
    if (drawn !== '') stdout.write(BEGIN + (this.#isStale ? CLEAR : '') + drawn + END)
    this.#isStale = false
  }
}

/** Where log-update writes, so that everything that belongs to one frame is shown at once. */
class Frame extends Writable {
  columns = USUAL.columns
  rows = USUAL.rows
  #text = ''

  constructor() {
    super({ decodeStrings: false })
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    this.#text += text
    done()
  }

  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}

function ignore(): void {}
