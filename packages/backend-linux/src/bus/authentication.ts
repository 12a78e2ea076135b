/** Limits of what a server has to say: a longest line, and two attempts of three lines, and one more each. */
const LONGEST_LINE = 1024
const MOST_LINES = 8

/** What to do after some bytes from the server. */
export type AuthenticationStep =
  /** Send this, and wait for more. If the text is empty, just wait. */
  | { readonly next: 'send'; readonly text: string }
  /** Send this. What follows in `rest`, and later, are messages. */
  | { readonly next: 'begin'; readonly text: string; readonly rest: Buffer }
  /** Authentication failed; `words` says why, with the server's own words if there are any. */
  | { readonly next: 'fail'; readonly words: string }

/**
 * The client's side of D-Bus authentication by EXTERNAL, in which the server asks the kernel for the user of the socket. The first
 * attempt gives no user id, as in sd-bus and GDBus, because a server outside this process's user namespace knows it under another one.
 * The second attempt gives it, for servers that want one. No I/O and no clock: the caller limits the time.
 */
export class Authentication {
  /** What is sent first: the zero byte that carries the credentials, and the first attempt. */
  readonly greeting = '\0AUTH EXTERNAL\r\n'
  readonly #user: number | null
  #received = Buffer.alloc(0)
  #lines = 0
  /** The current attempt: without a user id, then with one. */
  #attempt: 'unnamed' | 'named' = 'unnamed'
  /** Whether the server is in the middle of an attempt, which has to be cancelled before the next one. */
  #isUnderWay = false

  /** @param user the user id of this process; `null` if it has none */
  constructor(user: number | null) {
    this.#user = user
  }

  /** Takes the next bytes from the server. Do not call it after `begin` or `fail`. */
  receive(chunk: Buffer): AuthenticationStep {
    // Bounded: the bytes that are kept contain no end of line, or the line would have been taken.
    this.#received = Buffer.concat([this.#received, chunk])
    let text = ''
    for (;;) {
      const end = this.#received.indexOf('\r\n')
      if (end > LONGEST_LINE || (end < 0 && this.#received.length > LONGEST_LINE))
        return { next: 'fail', words: 'the server sent a line that is too long' }
      if (end < 0) return { next: 'send', text }
      const line = this.#received.toString('latin1', 0, end)
      this.#received = this.#received.subarray(end + 2)
      this.#lines += 1
      if (this.#lines > MOST_LINES) return { next: 'fail', words: 'the server sent too many lines' }
      const step = this.#answer(line)
      if (step.next !== 'send') return step
      text += step.text
    }
  }

  #answer(line: string): AuthenticationStep {
    const [word = ''] = line.split(' ', 1)
    if (word === 'OK') return { next: 'begin', text: 'BEGIN\r\n', rest: this.#received }
    if (word === 'DATA') {
      this.#isUnderWay = true
      return { next: 'send', text: 'DATA\r\n' }
    }
    if (word === 'REJECTED') return this.#tryNext(line)
    if (word !== 'ERROR') return { next: 'fail', words: `the server said ${quote(line)}` }
    if (!this.#isUnderWay) return this.#tryNext(line)
    // The server answers with REJECTED.
    this.#isUnderWay = false
    return { next: 'send', text: 'CANCEL\r\n' }
  }

  #tryNext(line: string): AuthenticationStep {
    if (this.#attempt === 'named' || this.#user === null)
      return { next: 'fail', words: `the server refused EXTERNAL authentication with ${quote(line)}` }
    this.#attempt = 'named'
    this.#isUnderWay = false
    return {
      next: 'send',
      text: `AUTH EXTERNAL ${Buffer.from(String(this.#user), 'latin1').toString('hex')}\r\n`,
    }
  }
}

/** Quotes the server's words, cut to a reasonable length. */
function quote(line: string): string {
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line)
}
