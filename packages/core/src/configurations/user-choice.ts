import { causeInWords } from '../contract/backend-error.js'
import type { Cause } from '../engine/cause.js'
import type { SessionRecord } from '../engine/session-record.js'
import { onAbort } from '../primitives/abort-listeners.js'
import { type Deferred, deferred } from '../primitives/deferred.js'
import { type Failure, failure, type NetworkSessionError, sessionError } from '../sessions/session-error.js'
import { NetworkConfiguration, unknownConfiguration } from './network-configuration.js'

/** The identifier of the configuration whose sessions ask the user (rule M6). */
export const USER_CHOICE = 'userChoice'

/** Its name. */
export const USER_CHOICE_NAME = 'UserChoice'

/**
 * Asks the user which network to use (rule M6).
 * @returns the identifier of one of the candidates; `null` where the user wants none
 */
export type Chooser = (
  candidates: readonly NetworkConfiguration[],
  call: { readonly signal: AbortSignal },
) => Promise<string | null>

/** The configuration that stands for the user's choice: never listed, always discovered. */
export const userChoiceConfiguration: NetworkConfiguration = new NetworkConfiguration({
  ...unknownConfiguration(USER_CHOICE),
  name: USER_CHOICE_NAME,
  type: 'userChoice',
  state: 'discovered',
  isValid: true,
})

/** A question that is being asked for a session. */
export interface Choosing {
  readonly controller: AbortController
  readonly answer: Deferred<void>
  /** How many callers of `open()` wait for it. */
  waiting: number
}

/** What the desk needs of the engine. */
export interface ChoiceHost {
  readonly chooser: Chooser | null
  candidates(): readonly NetworkConfiguration[]
  /** What is tried where nobody is to be asked: the default of rule M2. */
  fallback(): NetworkConfiguration | null
  post(input: (cause: Cause) => void): void
  /** Raises an error that ends the opening. */
  refuse(cause: Cause, record: SessionRecord, error: NetworkSessionError): void
}

/** What an opening that is given up while the user is asked rejects with (rule S7). */
export function cancelledError(): NetworkSessionError {
  const why = failure('ERR_CLOSED', 'cancelled')
  return sessionError(why, { doing: 'open', name: USER_CHOICE_NAME, code: 'sessionAborted' })
}

/** Where sessions on the user's choice find out what they are sessions on. */
export class ChoiceDesk {
  readonly #host: ChoiceHost

  constructor(host: ChoiceHost) {
    this.#host = host
  }

  /** Resolves once the session knows what it is on; rejects where the user or the chooser would not say, or the caller's signal aborts. */
  choose(record: SessionRecord, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    record.choosing ??= this.#ask(record)
    const { choosing } = record
    choosing.waiting += 1
    return new Promise((resolve, reject) => {
      const abort = () => {
        choosing.waiting -= 1
        if (choosing.waiting === 0) this.cancel(record)
        reject(signal?.reason)
      }
      const release = signal === undefined ? () => {} : onAbort(signal, abort)
      choosing.answer.promise.then(
        () => {
          release()
          resolve()
        },
        (error: unknown) => {
          release()
          reject(error)
        },
      )
    })
  }

  /** Nobody wants to know any more (rule S7). */
  cancel(record: SessionRecord): void {
    const { choosing } = record
    if (choosing === null) return
    record.choosing = null
    record.target = USER_CHOICE
    const error = cancelledError()
    choosing.controller.abort(error)
    this.#host.post((cause) => {
      cause.records.add(record)
      cause.settlements.push(() => choosing.answer.reject(error))
    })
  }

  #ask(record: SessionRecord): Choosing {
    const choosing: Choosing = { controller: new AbortController(), answer: deferred(), waiting: 0 }
    // Every caller has a promise of its own.
    choosing.answer.promise.catch(() => undefined)
    this.#resolve(record, choosing.controller.signal).then(
      (identifier) => this.#settle(record, choosing, identifier, null),
      (error: unknown) => this.#settle(record, choosing, null, error),
    )
    this.#host.post((cause) => cause.records.add(record))
    return choosing
  }

  /** What is chosen; `null`: nothing. */
  async #resolve(record: SessionRecord, signal: AbortSignal): Promise<string | null> {
    const { chooser } = this.#host
    if (record.properties.get('ConnectInBackground') === true) {
      const chosen = this.#host.fallback()
      if (chosen === null) throw new NoDefaultError('there is no default configuration to try')
      return chosen.identifier
    }
    if (chooser === null) throw new Error('there is no chooser')
    const candidates = this.#host.candidates()
    const identifier = await chooser(candidates, { signal })
    if (identifier === null) return null
    if (identifier === USER_CHOICE || !candidates.some((one) => one.identifier === identifier))
      throw new TypeError(`it answered ${inWords(identifier)}, which is none of the candidates`)
    return identifier
  }

  #settle(record: SessionRecord, choosing: Choosing, identifier: string | null, cause: unknown): void {
    this.#host.post((step) => {
      if (record.choosing !== choosing) return
      step.records.add(record)
      if (identifier !== null) {
        // The question stands until those who waited for it open what was chosen.
        record.target = identifier
        step.settlements.push(() => choosing.answer.resolve())
        return
      }
      record.choosing = null
      const isAborted = cause === null
      const why = isAborted ? failure('ERR_CLOSED', 'cancelled') : failureOfChoice(cause)
      const code = isAborted ? 'sessionAborted' : 'invalidConfiguration'
      const error = sessionError(why, { doing: 'open', name: USER_CHOICE_NAME, code })
      this.#host.refuse(step, record, error)
      step.settlements.push(() => choosing.answer.reject(error))
    })
  }
}

function inWords(identifier: unknown): string {
  return typeof identifier === 'string' ? `'${identifier}'` : String(identifier)
}

/** `ConnectInBackground` leaves the user alone, and there is nothing to open instead. */
class NoDefaultError extends Error {}

/** What the application's chooser threw, or that its answer is none of the candidates: in the words of the cause (rule M6). */
function failureOfChoice(cause: unknown): Failure {
  const reason = cause instanceof NoDefaultError ? 'unknownConfiguration' : 'chooserFailed'
  return { ...failure('ERR_UNKNOWN_CONFIGURATION', reason, causeInWords(cause)), cause }
}
