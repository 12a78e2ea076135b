import {
  asyncDispose,
  type Backend,
  type BackendError,
  type Clock,
  type Driver,
  type LinkConfiguration,
  type PickedBackend,
  type World,
} from '@roamkit/core/contract'
import { Pseudonyms } from './pseudonyms.js'
import {
  type Command,
  type SessionCall,
  type SessionEvent,
  TRACE_VERSION,
  type TraceHeader,
  type TraceLine,
  type WorldFacts,
} from './trace-lines.js'

/** How a recording is made. */
export interface RecordingOptions {
  /**
   * `hidden`: SSIDs, hardware addresses, names, identifiers, public addresses and domains are replaced, the same ones always in the same way.
   * `clear`: they stay.
   *
   * @defaultValue 'hidden'
   */
  readonly names?: 'hidden' | 'clear'
}

/** A driver that writes down what its backend reports and what it is asked. */
export interface RecordingDriver extends Driver {
  /**
   * Adds what an application does with a session, or what the session tells it. A number stands for each session.
   *
   * @param on the identifier of the configuration that the session is on
   */
  note(session: number, on: string, what: SessionCall | SessionEvent): void
}

/**
 * Wraps a driver so that everything its backend reports, and every command that it is given, is written as one line of JSON each: a trace,
 * which `replay()` plays. A secret never gets into it.
 *
 * @param write gets one line at a time, without a line break. It must not throw.
 */
export function recorded(
  driver: Driver,
  write: (line: string) => void,
  { names = 'hidden' }: RecordingOptions = {},
): RecordingDriver {
  let recording: Recording | null = null
  return {
    contract: driver.contract,
    name: driver.name,
    async open(host, call) {
      let { name } = driver
      const picked = (backend: PickedBackend) => {
        name = backend.name
        host.picked?.(backend)
      }
      recording = new Recording(host.clock, write, names)
      const backend = await driver.open({ ...host, picked }, call)
      return recording.begin(name, backend)
    },
    note: (session, on, what) => recording?.note(session, on, what),
  }
}

/** One open backend that is being recorded. */
class Recording {
  readonly #clock: Clock
  readonly #write: (line: string) => void
  readonly #pseudonyms: Pseudonyms | null
  readonly #began: number
  readonly #links = new Map<string, { raw: LinkConfiguration; shown: LinkConfiguration }>()
  /** Of all configurations that the backend has ever listed. */
  readonly #ids = new Set<string>()
  #backend: Backend | null = null
  #seen: World | null = null
  #facts: Partial<WorldFacts> = {}
  #lastCall = 0

  constructor(clock: Clock, write: (line: string) => void, names: 'hidden' | 'clear') {
    this.#clock = clock
    this.#write = write
    this.#pseudonyms = names === 'hidden' ? new Pseudonyms() : null
    this.#began = clock.now()
  }

  begin(name: string, backend: Backend): Backend {
    const header: TraceHeader = {
      roamkitTrace: TRACE_VERSION,
      backend: name,
      names: this.#pseudonyms === null ? 'clear' : 'hidden',
    }
    this.#write(JSON.stringify(header))
    this.#backend = backend
    this.#look()
    const { save, forget } = backend
    const on = (command: Command, id: string, work: () => Promise<void>) =>
      this.#asked({ ask: command, id }, work)
    return {
      holders: backend.holders,
      snapshot: () => {
        this.#look()
        return backend.snapshot()
      },
      activate: (id, request) => {
        const { secret } = request
        return this.#asked({ ask: 'activate', id }, (call) =>
          backend.activate(id, {
            ...request,
            secret:
              secret === null
                ? null
                : (question, waiting) => {
                    const { fields, attempt } = question
                    this.#line({ at: this.#at(), call, secret: { fields, attempt } })
                    return secret(question, waiting)
                  },
          }),
        )
      },
      deactivate: (id, activation, call) =>
        this.#asked({ ask: 'deactivate', id, activation: this.#activation(activation) }, () =>
          backend.deactivate(id, activation, call),
        ),
      scan: (call) => this.#asked({ ask: 'scan' }, () => backend.scan(call)),
      recheck: (id, call) => on('recheck', id, () => backend.recheck(id, call)),
      ...(save !== undefined && { save: (id, call) => on('save', id, () => save.call(backend, id, call)) }),
      ...(forget !== undefined && {
        forget: (id, call) => on('forget', id, () => forget.call(backend, id, call)),
      }),
      traffic: (id) => backend.traffic(id),
      [asyncDispose]: () => backend[asyncDispose](),
    }
  }

  note(session: number, on: string, note: SessionCall | SessionEvent): void {
    this.#look()
    const what = 'configuration' in note ? { ...note, configuration: this.#id(note.configuration) } : note
    this.#line({ at: this.#at(), session, on: this.#id(on), ...what })
  }

  /** Writes what is different about the world since it was looked at last. */
  #look(): void {
    const world = this.#backend?.snapshot() ?? null
    if (world === null || world === this.#seen) return
    this.#seen = world
    const { configurations, ...raw } = world
    // The pseudonyms of identifiers are to be in the order of the identifiers.
    for (const { id } of configurations) {
      this.#ids.add(id)
      this.#pseudonyms?.id(id)
    }
    const facts = this.#pseudonyms?.world(raw) ?? raw
    const changed = differences(this.#facts, facts)
    this.#facts = facts
    const present = new Set(configurations.map(({ id }) => id))
    const set = configurations.flatMap((link) => this.#changesOf(link))
    const removed = [...this.#links.keys()].filter((id) => !present.has(id))
    for (const id of removed) this.#links.delete(id)
    this.#line({
      at: this.#at(),
      world: changed,
      ...(set.length > 0 && { set }),
      ...(removed.length > 0 && { removed: removed.map((id) => this.#id(id)) }),
    })
  }

  #changesOf(raw: LinkConfiguration): (Partial<LinkConfiguration> & Pick<LinkConfiguration, 'id'>)[] {
    const before = this.#links.get(raw.id)
    if (before?.raw === raw) return []
    const shown = this.#pseudonyms?.link(raw) ?? raw
    this.#links.set(raw.id, { raw, shown })
    return [{ ...differences(before?.shown ?? {}, shown), id: shown.id }]
  }

  async #asked<Result>(
    { ask, id, activation }: { readonly ask: Command; readonly id?: string; readonly activation?: string },
    work: (call: number) => Promise<Result>,
  ): Promise<Result> {
    this.#lastCall += 1
    const call = this.#lastCall
    this.#line({
      at: this.#at(),
      call,
      ask,
      ...(id !== undefined && { id: this.#id(id) }),
      ...(activation !== undefined && { activation }),
    })
    try {
      const result = await work(call)
      this.#look()
      const answer = typeof result === 'string' ? this.#activation(result) : null
      this.#line({ at: this.#at(), call, answer })
      return result
    } catch (error) {
      this.#look()
      // An abort by the caller is no answer of the backend.
      if (isBackendError(error)) {
        const { code, message } = error
        this.#line({
          at: this.#at(),
          call,
          error: { code, message: this.#pseudonyms === null ? message : code },
        })
      }
      throw error
    }
  }

  /** A service network is no configuration of the backend, and keeps its identifier. */
  #id(id: string): string {
    return this.#pseudonyms === null || !this.#ids.has(id) ? id : this.#pseudonyms.id(id)
  }

  #activation(activation: string): string {
    return this.#pseudonyms?.activation(activation) ?? activation
  }

  #at(): number {
    return Math.round(this.#clock.now() - this.#began)
  }

  #line(line: TraceLine): void {
    this.#write(JSON.stringify(line))
  }
}

/** The members of `after` that are not what they were, compared as JSON. */
function differences<Facts extends object>(before: Partial<Facts>, after: Facts): Partial<Facts> {
  const changed: Partial<Facts> = {}
  for (const key of Object.keys(after) as (keyof Facts)[])
    if (JSON.stringify(before[key]) !== JSON.stringify(after[key])) changed[key] = after[key]
  return changed
}

function isBackendError(error: unknown): error is BackendError {
  return error instanceof Error && error.name === 'BackendError' && 'code' in error
}
