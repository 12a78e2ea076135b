/** The last TLS session of each host, for as many hosts as undici keeps. */
export class SessionCache {
  readonly #sessions = new Map<string, Buffer>()
  readonly #most: number

  /** @param most `null` means the default, as for undici */
  constructor(most: number | null = null) {
    this.#most = most ?? 100
  }

  get(host: string): Buffer | undefined {
    return this.#sessions.get(host)
  }

  set(host: string, session: Buffer): void {
    this.#sessions.delete(host)
    this.#sessions.set(host, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > this.#most && oldest !== undefined) this.#sessions.delete(oldest)
  }
}
