import type { NetworkSession, SessionState } from '@roamkit/core'
import type { Clock } from '@roamkit/core/contract'
import { escapeText } from '../../escape.js'
import type { Output } from '../output.js'

/** The longest of the actions and events of one session. */
const LONGEST = 'session.close()'

/** Prints the life of one session: the time, the event, and what it means in a few words. */
export class TimeLine {
  readonly #clock: Clock
  readonly #output: Output
  readonly #width: number

  /** @param longest the longest action or event, for which the column that says what happened is made */
  constructor(clock: Clock, output: Output, longest = LONGEST) {
    this.#clock = clock
    this.#output = output
    this.#width = longest.length
  }

  /** A line without a time. */
  title(text: string): void {
    this.#output.line(this.#output.paint.strong(escapeText(text)))
  }

  /** What is done to the session or to its network, as it is done. */
  act(what: string, why: string): void {
    this.#print('>', what, why)
  }

  /**
   * Prints the events of the session from now on.
   * @param grace how long the session waits for a lost link, in milliseconds
   */
  follow(session: NetworkSession, grace: number): void {
    // As the events report it: the session itself is one step ahead of them.
    let isOpen = false
    session.on('stateChanged', (state) => this.event(state, meaning(state, { session, isOpen, grace })))
    session.on('opened', () => {
      isOpen = true
      this.event('opened', 'the session holds the link: sockets can connect')
    })
    session.on('error', ({ message }) => this.event('error', message))
    session.on('closed', () => {
      isOpen = false
      this.event('closed', 'the session has released the link')
    })
  }

  /** An event of the library, with its name, and what it means. */
  event(what: string, meaning: string): void {
    this.#print(' ', what, meaning)
  }

  #print(mark: ' ' | '>', what: string, words: string): void {
    const { paint } = this.#output
    const time = paint.faint(`${this.#clock.now().toFixed(0)} ms`.padStart(8))
    const column = `${mark} ${what.padEnd(this.#width)}`
    this.#output.line(`${time}  ${mark === '>' ? paint.strong(column) : column}  ${escapeText(words)}`)
  }
}

interface Context {
  readonly session: NetworkSession
  readonly isOpen: boolean
  readonly grace: number
}

function meaning(state: SessionState, { session, isOpen, grace }: Context): string {
  switch (state) {
    case 'connecting':
      return 'the link is coming up'
    case 'connected':
      return isOpen ? 'the link is back in time: the session stayed open' : `the link is up${where(session)}`
    case 'disconnected':
    case 'notAvailable':
      return isOpen ? `the link is lost; the session stays open for ${grace} ms` : 'the link is down'
    case 'closing':
      return 'the link is going down'
    case 'roaming':
      return 'the session roams to another link'
    case 'invalid':
      return 'the configuration is gone'
  }
}

/** The interface in use, to follow a few words; empty while there is none. */
export function where({ interface: link }: NetworkSession): string {
  return link === null ? '' : `: ${link.name}, ${link.addresses.join(', ')}`
}
