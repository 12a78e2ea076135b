import {
  asyncDispose,
  type Backend,
  BackendError,
  type BackendHost,
  type Clock,
  type Driver,
  type LinkConfiguration,
  type World,
} from '@roamkit/core/contract'
import { Pseudonyms } from './pseudonyms.js'
import {
  type Command,
  ERROR_CODES,
  linkFacts,
  type SessionCall,
  type SessionEvent,
  TRACE_VERSION,
  type TraceHeader,
  type TraceLine,
  type WorldFacts,
  worldFacts,
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
   * Adds what an application does with a session, or what the session tells it. A number stands for each session. The identifier of a service
   * network stays as the application has chosen it.
   *
   * @param on the identifier of the configuration that the session is on
   */
  note(session: number, on: string, what: SessionCall | SessionEvent): void
}

/**
 * Wraps a driver so that everything its backend reports, and every command that it is given, is written as one line of JSON each: a trace,
 * which `replay()` plays. A secret never gets into it. The driver can be opened once, because a trace is of one backend; to open another rejects
 * with `ERR_NOT_SUPPORTED`.
 *
 * @param write gets one line at a time, without a line break. It must not throw.
 */
export function recorded(
  driver: Driver,
  write: (line: string) => void,
  { names = 'hidden' }: RecordingOptions = {},
): RecordingDriver {
  let recording: Recording | null = null
  let isTaken = false
  return {
    contract: driver.contract,
    name: driver.name,
    async open(host, call) {
      if (isTaken)
        throw new BackendError('ERR_NOT_SUPPORTED', 'this recording has its backend: call recorded() again')
      isTaken = true
      let { name } = driver
      const heard: BackendHost = {
        clock: host.clock,
        changed: () => host.changed(),
        log: (event, detail) => host.log(event, detail),
        picked: (backend) => {
          name = backend.name
          host.picked?.(backend)
        },
      }
      const begun = new Recording(host.clock, write, names)
      try {
        const backend = await driver.open(heard, call)
        recording = begun
        return begun.begin(name, backend)
      } catch (error) {
        isTaken = false
        throw error
      }
    },
    note: (session, on, what) => recording?.note(session, on, what),
  }
}

/** A configuration as the backend reports it, and as the trace has it. */
interface RecordedLink {
  readonly raw: LinkConfiguration
  readonly shown: LinkConfiguration
}

/** One open backend that is being recorded. */
class Recording {
  readonly #clock: Clock
  readonly #write: (line: string) => void
  readonly #pseudonyms: Pseudonyms | null
  readonly #began: number
  #links: ReadonlyMap<string, RecordedLink> = new Map()
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
        const world = backend.snapshot()
        this.#look(() => world)
        return world
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

  /** Writes what is different about the world since it was looked at last. Never throws: what the backend does is what it does unrecorded. */
  #look(snapshot = () => this.#backend?.snapshot()): void {
    try {
      const world = snapshot()
      if (world !== undefined && world !== this.#seen) this.#compare(world)
    } catch {
      // The backend throws, or what it reports cannot be written. The next world has what is missing.
    }
  }

  #compare(world: World): void {
    const { configurations } = world
    // The pseudonyms of identifiers are to be in the order of the identifiers.
    for (const { id } of configurations) {
      this.#ids.add(id)
      this.#pseudonyms?.id(id)
    }
    const raw = worldFacts(world)
    const facts = this.#pseudonyms?.world(raw) ?? raw
    const links = new Map(configurations.map((link) => [link.id, this.#recorded(link)]))
    const set = [...links].flatMap(([id, { shown }]) => {
      const before = this.#links.get(id)?.shown
      return before === shown ? [] : [{ ...differences(before ?? {}, shown), id: shown.id }]
    })
    const removed = [...this.#links.keys()].filter((id) => !links.has(id))
    this.#line({
      at: this.#at(),
      world: differences(this.#facts, facts),
      ...(set.length > 0 && { set }),
      ...(removed.length > 0 && { removed: removed.map((id) => this.#id(id)) }),
    })
    this.#seen = world
    this.#facts = facts
    this.#links = links
  }

  #recorded(raw: LinkConfiguration): RecordedLink {
    const before = this.#links.get(raw.id)
    if (before?.raw === raw) return before
    const facts = linkFacts(raw)
    return { raw, shown: this.#pseudonyms?.link(facts) ?? facts }
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
      ...(id !== undefined && { id: this.#pseudonyms?.id(id) ?? id }),
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

  /** A service network is no configuration of the backend, and keeps its identifier. Before a world is known, nothing is certain. */
  #id(id: string): string {
    const isService = this.#seen !== null && !this.#ids.has(id)
    return this.#pseudonyms === null || isService ? id : this.#pseudonyms.id(id)
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
  return (
    error instanceof Error &&
    error.name === 'BackendError' &&
    ERROR_CODES.some((code) => code === (error as { readonly code?: unknown }).code)
  )
}
