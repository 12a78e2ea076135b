import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { escapeText } from '../../escape.js'

/** Where a question goes, and where its answer comes from. */
export interface Terminal {
  readonly input: Readable
  readonly output: Writable
}

/**
 * Asks until the answer is yes or no. The end of the input (Ctrl-D, a terminal that is gone) is no; Ctrl-C is the terminal's
 * own matter.
 * @param question escaped here; gets a line of its own, because other lines may come before the answer
 * @throws `signal.reason`
 */
export function ask(question: string, { input, output }: Terminal, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
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
