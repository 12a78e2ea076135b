import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { escapeText } from './escape.js'

/** A terminal that can stop showing what is typed. */
export interface SecretTerminal {
  readonly input: Readable & { setRawMode(isRaw: boolean): unknown }
  readonly output: Writable
  /** Called for Ctrl-C, which is no signal while nothing is shown. */
  interrupt(): void
}

const [INTERRUPT, END, ERASE_LINE, ESCAPE] = ['\u0003', '\u0004', '\u0015', '\u001b']

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
    let typed: readonly string[] = []
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
      const text = decoder.write(bytes)
      // An arrow or function key, which comes in one piece.
      if (text.startsWith(ESCAPE)) return
      for (const character of text) {
        if (character === '\r' || character === '\n') {
          end()
          return resolve(typed.length === 0 ? null : typed.join(''))
        }
        if (character === INTERRUPT) return interrupt()
        if (character === END && typed.length === 0) return close()
        typed = edited(typed, character)
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

function edited(typed: readonly string[], character: string): readonly string[] {
  if (character === '\u007f' || character === '\b') return typed.slice(0, -1)
  if (character === ERASE_LINE) return []
  return /\p{Cc}/u.test(character) ? typed : [...typed, character]
}
