import { type NetworkSession, NetworkSessionError } from '@roamkit/core'

/** An answer of the application to an offer or a trial. */
type Answer = 'migrate' | 'accept' | 'reject' | 'ignore'

/** What is common to the options of calls. */
interface Signalled {
  readonly signal?: AbortSignal
}

/** Makes calls, and checks that each promise settles, and by its own call (rules S6 to S8, S15, S19, R22). */
export class Ledger {
  readonly wrong: string[] = []
  readonly #pending = new Set<string>()
  /** The number of each session's last `open()`. */
  readonly #lastOpen = new Map<NetworkSession, number>()
  /** The last call of each session, where that is one of `close()` or `stop()` which has resolved. */
  readonly #endedBy = new Map<NetworkSession, string>()
  /** Sessions whose manager is closed or closing: they read as closed, whatever their promises told (rule M7). */
  readonly #ended = new Set<NetworkSession>()
  #calls = 0

  /** The calls whose promises have not settled. */
  get pending(): readonly string[] {
    return [...this.#pending]
  }

  /** The session's manager is being closed. */
  noteEnd(session: NetworkSession): void {
    this.#ended.add(session)
  }

  open(session: NetworkSession, options: Parameters<NetworkSession['open']>[0] = {}): void {
    const number = this.#next()
    if (!this.#lastOpen.has(session)) this.#watchEnds(session)
    this.#lastOpen.set(session, number)
    this.#endedBy.delete(session)
    // It may be closed again in the same step, which has been told by then.
    let isClosedSince = false
    let isReopening = false
    const unlistenClosed = session.on('closed', () => {
      isClosedSince = true
    })
    // A session that is kept open and finds a link up is open in the step in which its opening has failed (rule L6).
    const unlistenReopening = session.on('reopening', () => {
      isReopening = true
    })
    const unlisten = () => {
      unlistenClosed()
      unlistenReopening()
    }
    this.#follow(`open #${number}`, session, session.open(options), {
      // On the user's choice the promise is handed on, so that more may have happened by then.
      resolved: () => {
        unlisten()
        if (session.isOpen || isClosedSince || this.#isChosen(session)) return null
        return 'resolved, and the session is not open'
      },
      rejected: (error) => {
        unlisten()
        if (error === options.signal?.reason && options.signal?.aborted) return null
        if (!(error instanceof NetworkSessionError)) return `rejected with ${String(error)}`
        // While a stop() is under way, a later one ends what waits for its end (rule S9a).
        if (error.reason === 'stopped') return null
        if (session.isOpen && !isReopening && !this.#isOpenedSince(session, number))
          return `rejected with ${error.reason}, and the session is open`
        return null
      },
    })
  }

  close(session: NetworkSession, options: Signalled = {}): void {
    const number = this.#next()
    this.#follow(`close #${number}`, session, session.close(options), {
      resolved: () => this.#expectClosed(session, number),
      rejected: (error) => this.#expectAborted(error, options),
    })
  }

  /** @returns settles when the call has */
  stop(session: NetworkSession): Promise<void> {
    const number = this.#next()
    return this.#follow(`stop #${number}`, session, session.stop(), {
      resolved: () => this.#expectClosed(session, number),
      rejected: (error) => {
        if (!(error instanceof NetworkSessionError)) return `rejected with ${String(error)}`
        if (error.code !== 'operationNotSupported') return `rejected with ${error.code}`
        // It stays open, unless something else has ended it meanwhile (rule S11).
        return null
      },
    })
  }

  waitForOpened(session: NetworkSession, ms: number): void {
    const number = this.#next()
    this.#follow(`waitForOpened #${number}`, session, session.waitForOpened(ms), {
      resolved: (isOpen) => (isOpen && !session.isOpen ? 'resolved to true, and is not open' : null),
      rejected: (error) => `rejected with ${String(error)}`,
    })
  }

  answer(
    session: NetworkSession,
    word: Answer,
    by: Partial<Record<Answer, () => Promise<boolean>>> = session,
  ): void {
    const number = this.#next()
    const asked = word === 'migrate' || word === 'ignore' ? session.offer : session.trial
    const answered = by[word]?.call(by) ?? Promise.resolve(false)
    this.#follow(`${word} #${number}`, session, answered, {
      resolved: (tookEffect) => {
        if (!tookEffect) return null
        if (word === 'migrate' || word === 'ignore')
          return asked !== null && session.offer?.id === asked.id ? `took effect, and the offer stands` : null
        return asked !== null && session.trial?.id === asked.id ? `took effect, and the trial runs` : null
      },
      rejected: (error) => `rejected with ${String(error)}`,
    })
  }

  /** Any other promise, which only has to settle. */
  settle(name: string, promise: Promise<unknown>): void {
    const key = `${name} #${this.#next()}`
    this.#pending.add(key)
    const done = () => {
      this.#pending.delete(key)
    }
    promise.then(done, done)
  }

  #next(): number {
    this.#calls += 1
    return this.#calls
  }

  #isOpenedSince(session: NetworkSession, number: number): boolean {
    return (this.#lastOpen.get(session) ?? 0) > number
  }

  #isChosen({ configuration }: NetworkSession): boolean {
    return configuration.type === 'userChoice'
  }

  #expectClosed(session: NetworkSession, number: number): string | null {
    if (this.#isOpenedSince(session, number)) return null
    this.#endedBy.set(session, `#${number}`)
    return session.isOpen ? 'resolved, and the session is open' : null
  }

  /** The last word counts (rule S6). */
  #watchEnds(session: NetworkSession): void {
    session.on('opened', () => {
      const end = this.#endedBy.get(session)
      if (end !== undefined)
        this.wrong.push(`${session.configuration.identifier} opened after its end by ${end}`)
    })
  }

  #expectAborted(error: unknown, { signal }: Signalled): string | null {
    return signal?.aborted && error === signal.reason ? null : `rejected with ${String(error)}`
  }

  #follow<T>(
    what: string,
    session: NetworkSession,
    promise: Promise<T>,
    check: { resolved(value: T): string | null; rejected(error: unknown): string | null },
  ): Promise<void> {
    const name = `${what} of ${session.configuration.identifier}`
    this.#pending.add(name)
    const settled = (mistake: () => string | null) => {
      this.#pending.delete(name)
      if (this.#ended.has(session)) return
      const found = mistake()
      if (found !== null) this.wrong.push(`${name} ${found}`)
    }
    return promise.then(
      (value) => settled(() => check.resolved(value)),
      (error: unknown) => settled(() => check.rejected(error)),
    )
  }
}
