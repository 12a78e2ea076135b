import type { Catalogue } from '../../configurations/catalogue.js'
import type { NetworkConfiguration } from '../../configurations/network-configuration.js'
import {
  type Chooser,
  type Choosing,
  USER_CHOICE,
  USER_CHOICE_NAME,
} from '../../configurations/user-choice.js'
import { causeInWords } from '../../contract/backend-error.js'
import { type Failure, failure } from '../../links/failure.js'
import { onAbort } from '../../primitives/abort-listeners.js'
import { deferred, ignoreRejection } from '../../primitives/deferred.js'
import { type NetworkSessionError, sessionError } from '../../sessions/session-error.js'
import { event, type Input, type Output } from '../batch.js'
import type { SessionRecord } from './session-record.js'

/** What an opening that is given up while the user is asked rejects with (rule S7). */
function cancelledError(): NetworkSessionError {
  const why = failure('ERR_CLOSED', 'cancelled')
  return sessionError(why, { doing: 'open', name: USER_CHOICE_NAME, code: 'sessionAborted' })
}

/** Finds out what sessions on the user's choice are sessions on. */
export class ChooserRunner {
  readonly #chooser: Chooser | null
  readonly #catalogue: Catalogue
  readonly #post: (input: Input) => void

  constructor(chooser: Chooser | null, catalogue: Catalogue, post: (input: Input) => void) {
    this.#chooser = chooser
    this.#catalogue = catalogue
    this.#post = post
  }

  /** On the user's choice, and nothing is chosen, or opened yet. */
  isUndecided(record: SessionRecord): boolean {
    return record.choosing !== null || (record.target === USER_CHOICE && this.#catalogue.hasChooser)
  }

  /** Whether an `open()` of that session has to ask first. */
  mustChoose({ identifier, target }: SessionRecord): boolean {
    return identifier === USER_CHOICE && target === USER_CHOICE && this.#catalogue.hasChooser
  }

  /** Asks, and then opens what was chosen; `connectTimeout` does not run while it asks (rule M6). */
  open(record: SessionRecord, signal: AbortSignal | undefined, open: () => Promise<void>): Promise<void> {
    const opened = this.#choice(record, signal).then(() => {
      if (record.target === USER_CHOICE) throw cancelledError()
      record.choosing = null
      return open()
    })
    return ignoreRejection(opened)
  }

  /** Resolves when the session knows its configuration. Rejects if the user or the chooser gives none, or if the caller's signal aborts. */
  #choice(record: SessionRecord, signal: AbortSignal | undefined): Promise<void> {
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

  /** No caller waits for the answer any longer (rule S7). */
  cancel(record: SessionRecord): void {
    const outputs = this.cancelled(record)
    if (outputs.length > 0) this.#post(() => outputs)
  }

  /** The same within a step. */
  cancelled(record: SessionRecord): readonly Output[] {
    return this.takeBack(record, cancelledError())
  }

  /** Takes the question back, if one is being asked: those who wait for the answer hear `error`. */
  takeBack(record: SessionRecord, error: NetworkSessionError): readonly Output[] {
    const { choosing } = record
    if (choosing === null) return []
    record.choosing = null
    record.target = USER_CHOICE
    choosing.controller.abort(error)
    return [
      { to: 'record', record },
      { to: 'caller', settle: () => choosing.answer.reject(error) },
    ]
  }

  #ask(record: SessionRecord): Choosing {
    const choosing: Choosing = { controller: new AbortController(), answer: deferred(), waiting: 0 }
    // Every caller has a promise of its own.
    choosing.answer.promise.catch(() => undefined)
    this.#resolve(record, choosing.controller.signal).then(
      (identifier) => this.#settle(record, choosing, identifier, null),
      (error: unknown) => this.#settle(record, choosing, null, error),
    )
    this.#post(() => [{ to: 'record', record }])
    return choosing
  }

  /** What is chosen; `null`: nothing. */
  async #resolve(record: SessionRecord, signal: AbortSignal): Promise<string | null> {
    const chooser = this.#chooser
    if (record.properties.get('ConnectInBackground') === true) {
      const chosen = this.#fallback()
      if (chosen === null) throw new NoDefaultError('there is no default configuration to try')
      return chosen.identifier
    }
    if (chooser === null) throw new Error('there is no chooser')
    const candidates = this.#catalogue.list()
    const identifier = await chooser(candidates, { signal })
    if (identifier === null) return null
    if (identifier === USER_CHOICE || !candidates.some((one) => one.identifier === identifier))
      throw new TypeError(`it answered ${inWords(identifier)}, which is none of the candidates`)
    return identifier
  }

  #settle(record: SessionRecord, choosing: Choosing, identifier: string | null, cause: unknown): void {
    this.#post(() => {
      if (record.choosing !== choosing) return []
      const touched: Output = { to: 'record', record }
      if (identifier !== null) {
        // The question stands until those who waited for it open what was chosen.
        record.target = identifier
        // Now, so that what can be read of it is emitted with this (rule S19).
        record.settle(this.#catalogue.kindOf(identifier))
        return [touched, { to: 'caller', settle: () => choosing.answer.resolve() }]
      }
      record.choosing = null
      const isAborted = cause === null
      const why = isAborted ? failure('ERR_CLOSED', 'cancelled') : failureOfChoice(cause)
      const code = isAborted ? 'sessionAborted' : 'invalidConfiguration'
      const error = sessionError(why, { doing: 'open', name: USER_CHOICE_NAME, code })
      record.error = error
      const settle = () => choosing.answer.reject(error)
      return [touched, event(record, 'error', error), { to: 'caller', settle }]
    })
  }

  /** What is tried if the user is not to be asked: the default of rule M2. */
  #fallback(): NetworkConfiguration | null {
    const chosen = this.#catalogue.overview.defaultConfiguration
    return chosen?.type === 'userChoice' ? null : chosen
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
