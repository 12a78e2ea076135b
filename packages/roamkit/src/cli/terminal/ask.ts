import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { escapeText } from '../../escape.js'

/** Where a question goes, and where its answer comes from. */
export interface Terminal {
  readonly input: Readable
  readonly output: Writable
}

/**
 * Asks until the answer is yes or no. Lines that were typed before do not count. The end of the input (Ctrl-D, a terminal that is gone) is no, also
 * to every later question, which is then not printed; Ctrl-C is the terminal's own matter.
 * @param question escaped here; gets a line of its own, because other lines may come before the answer
 * @throws `signal.reason`
 */
export async function ask(
  question: string,
  { input, output }: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted()
  await dropTyped(input)
  signal.throwIfAborted()
  if (input.readableEnded || input.destroyed) return false
  return new Promise((resolve, reject) => {
    const prompt = () => void output.write(`${escapeText(question)} [y/n]\n`)
    const lines = createInterface({ input, terminal: false })
    const aborted = () => {
      reject(signal.reason)
      lines.close()
    }
    signal.addEventListener('abort', aborted)
    // What fails is the input.
    lines.on('error', () => lines.close())
    lines.on('line', (line) => {
      const [, yes, no] = /^\s*(?:(y|yes)|(n|no))\s*$/i.exec(line) ?? []
      if (yes === undefined && no === undefined) return prompt()
      resolve(yes !== undefined)
      lines.close()
    })
    lines.on('close', () => {
      signal.removeEventListener('abort', aborted)
      resolve(false)
    })
    prompt()
  })
}

/** Drops what was typed before: it was for a question that is withdrawn. */
async function dropTyped(input: Readable): Promise<void> {
  input.on('data', ignore).on('error', ignore).resume()
  // What is there is read in one turn of the event loop.
  await setImmediate()
  await setImmediate()
  input.off('data', ignore).off('error', ignore).pause()
}

function ignore(): void {}
