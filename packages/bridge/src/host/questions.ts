import { type Deferred, deferred, onAbort } from '@roamkit/core/backend-kit'
import type { AnswerMessage, HostMessage, QuestionMessage } from '../protocol/messages.js'

/** A question without its number. */
export type Question = QuestionMessage extends infer One
  ? One extends QuestionMessage
    ? Omit<One, 'roamkit' | 'question'>
    : never
  : never

export type Answer = AnswerMessage['answer']

/** The questions that a guest has yet to answer. */
export class Questions {
  readonly #post: (message: HostMessage) => void
  readonly #waiting = new Map<number, Deferred<Answer>>()
  #last = 0

  constructor(post: (message: HostMessage) => void) {
    this.#post = post
  }

  /** Resolves to the answer, and to `null` if the guest goes. Rejects if the guest has failed, or with the signal's reason. */
  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted()
    this.#last += 1
    const number = this.#last
    const answer = deferred<Answer>()
    this.#waiting.set(number, answer)
    const undo = onAbort(signal, () => {
      this.#post({ roamkit: 'questionOver', question: number })
      answer.reject(signal.reason)
    })
    this.#post({ ...question, roamkit: 'question', question: number } as QuestionMessage)
    try {
      return await answer.promise
    } finally {
      undo()
      this.#waiting.delete(number)
    }
  }

  /** A guest has answered. An answer to no question has no effect. */
  settle({ question, answer, failed }: AnswerMessage): void {
    const waiting = this.#waiting.get(question)
    if (failed) waiting?.reject(new Error('the guest has no answer'))
    else waiting?.resolve(answer)
  }

  /** The guest is gone. */
  end(): void {
    for (const { resolve } of this.#waiting.values()) resolve(null)
  }
}
