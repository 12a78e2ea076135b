/** What a registration for notifications is about. */
export type HintSource = IpHintSource | 'wifi' | 'service' | 'power'

/** The notifications of IP Helper. */
export type IpHintSource = 'interface' | 'address' | 'route' | 'hint'

/**
 * - `refused`: Windows refused the registration.
 * - `unproven`: the registration succeeded, but no notification has come. Some systems report success and never call back.
 * - `proven`: a notification has come.
 */
export type SourceStatus = 'refused' | 'unproven' | 'proven'

/**
 * Which notifications are known to arrive. The first notification of a source proves it, apart from the one that comes with the
 * registration itself. Until then, and if a registration is refused, the tables are polled. The driver keeps this object, so what
 * one backend has proven holds for the next.
 */
export class NotificationHealth {
  readonly #statuses = new Map<HintSource, SourceStatus>()

  /** The status of a source; `unproven` at first. */
  of(source: HintSource): SourceStatus {
    return this.#statuses.get(source) ?? 'unproven'
  }

  /** A registration succeeded. A refused source becomes unproven; others keep their status. */
  recordRegistration(source: HintSource): void {
    if (this.of(source) === 'refused') this.#statuses.set(source, 'unproven')
  }

  /** A registration was refused, or returned no handle. */
  recordRefusal(source: HintSource): void {
    this.#statuses.set(source, 'refused')
  }

  /** A notification has come. Returns whether the source was unproven before. */
  recordNotification(source: HintSource): boolean {
    if (this.of(source) === 'proven') return false
    this.#statuses.set(source, 'proven')
    return true
  }

  /** Whether all these sources are proven. */
  areProven(sources: readonly HintSource[]): boolean {
    return sources.every((source) => this.of(source) === 'proven')
  }

  /** The sources that are not proven, with their status, for the log. */
  unproven(sources: readonly HintSource[]): Readonly<Record<string, SourceStatus>> {
    return Object.fromEntries(
      sources.filter((source) => this.of(source) !== 'proven').map((source) => [source, this.of(source)]),
    )
  }
}
