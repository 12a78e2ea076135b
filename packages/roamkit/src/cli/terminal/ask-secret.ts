import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { escapeText } from '../../escape.js'

/** More is no secret, but a file that was pasted by mistake: the rest is ignored. In characters. */
const LONGEST = 4096

const ESCAPE = '\u001b'
/** What an arrow or function key sends, and what surrounds a paste; at the end of a piece also the beginning of it. */
const KEY = new RegExp(String.raw`${ESCAPE}(?:\[[0-?]*[ -/]*(?:[@-~]|$)|O(?:[ -~]|$)|$)`, 'g')
const UNFINISHED_KEY = new RegExp(String.raw`${ESCAPE}(?:\[[0-?]*[ -/]*|O)?$`)
/** In characters, with room to spare. */
const LONGEST_KEY = 32

/** A terminal that can stop showing what is typed. */
export interface SecretTerminal {
  readonly input: Readable & { setRawMode(isRaw: boolean): unknown }
  readonly output: Writable
  /** Called for Ctrl-C, which is no signal while nothing is shown. */
  interrupt(): void
}

const [INTERRUPT, END, ERASE_LINE] = ['\u0003', '\u0004', '\u0015']

/**
 * Asks for a secret: what is typed is not shown. Enter ends it; Backspace and Ctrl-U erase. Nothing but Enter, Ctrl-D, or the end of the input is
 * `null`.
 * @param question escaped here
 * @throws `signal.reason`
 */
export function askSecret(
  question: string,
  { input, output, interrupt }: SecretTerminal,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const decoder = new StringDecoder('utf8')
    const typed: string[] = []
    let unfinished = ''
    const end = () => {
      input.off('data', read).off('end', close).off('error', close)
      signal.removeEventListener('abort', abort)
      input.setRawMode(false)
      input.pause()
      output.write('\n')
    }
    const close = () => {
      end()
      resolve(null)
    }
    const abort = () => {
      end()
      reject(signal.reason)
    }
    const read = (bytes: Buffer) => {
      const piece = unfinished + decoder.write(bytes)
      unfinished = UNFINISHED_KEY.exec(piece.slice(-LONGEST_KEY))?.[0] ?? ''
      const text = piece.replace(KEY, '')
      for (const character of text) {
        if (character === '\r' || character === '\n') {
          end()
          return resolve(typed.length === 0 ? null : typed.join(''))
        }
        if (character === INTERRUPT) return interrupt()
        if (character === END && typed.length === 0) return close()
        edit(typed, character)
      }
    }
    signal.addEventListener('abort', abort)
    // First: what is typed from now on is not to be shown.
    input.setRawMode(true)
    input.on('data', read).once('end', close).once('error', close)
    input.resume()
    output.write(`${escapeText(question)}: `)
  })
}

/** Changes it in place: copies would take minutes for a file. */
function edit(typed: string[], character: string): void {
  if (character === '\u007f' || character === '\b') typed.pop()
  else if (character === ERASE_LINE) typed.length = 0
  else if (!/\p{Cc}/u.test(character) && typed.length < LONGEST) typed.push(character)
}
