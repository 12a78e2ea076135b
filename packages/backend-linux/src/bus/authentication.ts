/** No line of a server needs to be longer, and no conversation: two attempts of three lines, and one more each. */
const LONGEST_LINE = 1024
const MOST_LINES = 8

/** What is to be done after some bytes of the server's. */
export type AuthenticationStep =
  /** Send this, and wait for more. An empty text: just wait. */
  | { readonly next: 'send'; readonly text: string }
  /** Send this; what follows in `rest`, and later, are messages. */
  | { readonly next: 'begin'; readonly text: string; readonly rest: Buffer }
  /** Nothing can come of it; `words` says why, with the server's own words where there are some. */
  | { readonly next: 'fail'; readonly words: string }

/**
 * The client's side of D-Bus authentication by EXTERNAL: the server looks at the socket to see whose it is. It is asked without a
 * name first, as sd-bus and GDBus do, because the user id of this process is another one to a server outside its user namespace; a
 * server that wants one is given it then. No I/O, and no clock: whoever drives it bounds the time.
 */
export class Authentication {
  /** What is sent first: the zero byte that carries the credentials, and the first attempt. */
  readonly greeting = '\0AUTH EXTERNAL\r\n'
  readonly #user: number | null
  #received = Buffer.alloc(0)
  #lines = 0
  /** The attempt under way: without a name, then with one. */
  #attempt: 'unnamed' | 'named' = 'unnamed'
  /** The server is in the middle of an attempt, and has to be told that it is over. */
  #isUnderWay = false

  /** @param user the user id of this process, `null`: it has none */
  constructor(user: number | null) {
    this.#user = user
  }

  /** Takes the next bytes of the server's. Not to be called after `begin` or `fail`. */
  receive(chunk: Buffer): AuthenticationStep {
    // Bounded: what is kept has no end of line in it, or it would have been taken.
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
      if (this.#lines > MOST_LINES) return { next: 'fail', words: 'the server comes to no end' }
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
    // It answers with REJECTED.
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

/** The server's words, as long as a line of an error should be. */
function quote(line: string): string {
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line)
}
