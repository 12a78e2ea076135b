import type { Catalogue } from '../../configurations/catalogue.js'
import type { SecretsProvider } from '../../configurations/secrets.js'
import type { Activate, SecretRequest } from '../../contract/index.js'
import { type Failure, failure } from '../../links/failure.js'
import type { LinkInput } from '../../links/link-messages.js'
import type { LinkState } from '../../links/link-state.js'
import type { SessionId } from '../../links/session-id.js'
import { eitherSignal } from '../../primitives/either-signal.js'
import { orAborted } from '../../primitives/time/waits.js'
import type { LinkStates } from './link-states.js'

/** No system takes a longer text, and a message bus may end the connection for one. In UTF-16 units. */
const LONGEST_SECRET = 65_536

/** The session that is asked, and its provider. */
interface Asked {
  readonly by: SessionId
  readonly provider: SecretsProvider
}

/** A question that is not answered yet. */
interface Question {
  /** The link that it is about. */
  readonly id: string
  readonly by: SessionId
  /** Whether it was asked while the link was being brought up: it is obsolete when that is over. */
  readonly isOpening: boolean
  readonly controller: AbortController
}

/** An answer of a provider that cannot be used. The message never contains what the provider gave. */
class UnusableAnswer extends Error {}

/**
 * Asks sessions for the secrets of the links that they bring up (rules N3, N4). Secrets pass through and are not kept. Nothing that a provider
 * gives or throws gets into an error or a log, because the message of an exception may quote the secret (rule N5).
 */
export class SecretQuestions {
  readonly #catalogue: Catalogue
  readonly #links: LinkStates
  readonly #post: (id: string, input: LinkInput) => void
  readonly #log: (event: string, detail: object) => void
  readonly #open = new Set<Question>()

  constructor(
    catalogue: Catalogue,
    links: LinkStates,
    post: (id: string, input: LinkInput) => void,
    log: (event: string, detail: object) => void,
  ) {
    this.#catalogue = catalogue
    this.#links = links
    this.#post = post
    this.#log = log
  }

  /**
   * What an activation of that link asks; `null` if no session that brings it up has a provider.
   * @param signal aborts when the manager gives up everything
   */
  answererOf(id: string, signal: AbortSignal): Activate['secret'] {
    if (this.#whomToAsk(id) === null) return null
    return async (request, call) => {
      call.signal.throwIfAborted()
      const either = eitherSignal(signal, call.signal)
      const secrets = await this.#ask(id, request, either.signal)
      either.release()
      call.signal.throwIfAborted()
      return secrets
    }
  }

  /** A link has changed: questions that are obsolete now are taken back. */
  review(id: string, { activationAttempt, holds }: LinkState): void {
    for (const { id: link, by, isOpening, controller } of this.#open)
      if (link === id && (!holds.has(by) || (isOpening && activationAttempt === null))) controller.abort()
  }

  /** The first session that waits for the link and has a provider, or else the first one that holds the link. */
  #whomToAsk(id: string): Asked | null {
    const link = this.#links.find(id)
    if (link === undefined) return null
    const { holds, retries } = link.state
    for (const by of [...holds.wanting(), ...retries.keys(), ...holds.keys()]) {
      const provider = link.members.get(by)?.secrets ?? null
      if (provider !== null) return { by, provider }
    }
    return null
  }

  /** Never rejects. */
  async #ask(
    id: string,
    { fields, attempt }: SecretRequest,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>> | null> {
    const asked = this.#whomToAsk(id)
    if (asked === null || signal.aborted) return null
    const isOpening = this.#links.state(id).activationAttempt !== null
    const question: Question = { id, by: asked.by, isOpening, controller: new AbortController() }
    this.#open.add(question)
    const either = eitherSignal(signal, question.controller.signal)
    this.#post(id, { type: 'secret', question: 'asked' })
    try {
      const request = Object.freeze({
        configuration: this.#catalogue.get(id),
        fields: Object.freeze([...fields]),
        attempt,
      })
      const answering = (async () => asked.provider(request, { signal: either.signal }))()
      const secrets = wantedOf(await orAborted(answering, either.signal), fields)
      this.#post(id, { type: 'secret', question: 'answered' })
      return secrets
    } catch (error) {
      if (either.signal.aborted) return null
      const why = failureOfProvider(error)
      this.#log('secretsFailed', { id, why: why.native })
      this.#post(id, { type: 'secret', question: why })
      return null
    } finally {
      either.release()
      this.#open.delete(question)
    }
  }
}

/** The fields that were asked for, and nothing else. */
function wantedOf(answer: unknown, fields: readonly string[]): Readonly<Record<string, string>> | null {
  if (answer === null) return null
  if (typeof answer !== 'object') throw new UnusableAnswer('it answered neither an object nor null')
  const entries = fields.map((field) => {
    const value: unknown = Object.hasOwn(answer, field) ? (answer as Record<string, unknown>)[field] : null
    if (typeof value !== 'string') throw new UnusableAnswer(`it gave no text for '${field}'`)
    if (!isUsable(value)) throw new UnusableAnswer(`it gave no usable text for '${field}'`)
    return [field, value] as const
  })
  return Object.freeze(Object.fromEntries(entries))
}

/** Systems take secrets as UTF-8 that ends with a zero byte. */
function isUsable(text: string): boolean {
  return text.length <= LONGEST_SECRET && !text.includes('\0') && !/\p{Cs}/u.test(text)
}

function failureOfProvider(error: unknown): Failure {
  return failure('ERR_ACTIVATION_FAILED', 'secretsFailed', wordsOf(error))
}

/** The kind of an exception, never its message. */
function wordsOf(error: unknown): string {
  try {
    if (error instanceof UnusableAnswer) return error.message
    for (const kind of KINDS) if (error instanceof kind) return `it threw: ${kind.name}`
  } catch {
    // A proxy can throw when its kind is looked at.
  }
  return 'it threw'
}

const KINDS = [TypeError, RangeError, SyntaxError, ReferenceError, Error] as const
