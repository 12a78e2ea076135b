import type { Chooser, SecretsProvider } from '@roamkit/core'
import type { AnswerMessage, HostMessage, QuestionMessage } from '../protocol/messages.js'
import type { ConfigurationTable } from './configuration-table.js'
import type { Connection } from './connection.js'

/** Answers the questions of the host: secrets by the session's provider, choices by the guest's chooser. */
export class Answers {
  readonly #connection: Connection
  readonly #table: ConfigurationTable
  readonly #chooser: Chooser | null
  readonly #secretsOf: (session: number) => SecretsProvider | null
  /** The questions that are being answered. */
  readonly #asked = new Map<number, AbortController>()

  constructor(
    connection: Connection,
    table: ConfigurationTable,
    chooser: Chooser | null,
    secretsOf: (session: number) => SecretsProvider | null,
  ) {
    this.#connection = connection
    this.#table = table
    this.#chooser = chooser
    this.#secretsOf = secretsOf
  }

  /** Asks the application, and sends what it answers. */
  async answer(message: QuestionMessage): Promise<void> {
    const { question } = message
    const controller = new AbortController()
    this.#asked.set(question, controller)
    const reply = await this.#ask(message, controller.signal).catch(() => FAILED)
    this.#asked.delete(question)
    if (!controller.signal.aborted) this.#connection.post({ ...reply, roamkit: 'answer', question })
  }

  /** The answer is no longer wanted. */
  over({ question }: HostMessage & { roamkit: 'questionOver' }): void {
    this.#asked.get(question)?.abort()
    this.#asked.delete(question)
  }

  /** No answer is wanted any more. */
  end(): void {
    for (const controller of this.#asked.values()) controller.abort()
  }

  async #ask(message: QuestionMessage, signal: AbortSignal): Promise<Reply> {
    if (message.kind === 'choose') {
      const candidates = message.candidates.map((one) => this.#table.resolve(one))
      const answer = (await this.#chooser?.(candidates, { signal })) ?? null
      return answer === null || typeof answer === 'string' ? { answer, failed: false } : FAILED
    }
    const { session, fields, attempt } = message
    const configuration = this.#table.resolve(message.configuration)
    const request = Object.freeze({ configuration, fields, attempt })
    const answer = (await this.#secretsOf(session)?.(request, { signal })) ?? null
    return answer === null || isTexts(answer) ? { answer, failed: false } : FAILED
  }
}

type Reply = Pick<AnswerMessage, 'answer' | 'failed'>

/** The provider or the chooser has failed. Why stays here: the message of an exception may quote a secret (rule N5). */
const FAILED: Reply = { answer: null, failed: true }

function isTexts(answer: unknown): answer is Readonly<Record<string, string>> {
  return typeof answer === 'object' && Object.values(answer ?? {}).every((one) => typeof one === 'string')
}
