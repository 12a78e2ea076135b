import { VirtualClock } from '@roamkit/backend-mock'
import {
  noteSessionEvents,
  parseTrace,
  replay,
  type SessionCallLine,
  type SessionEventLine,
  type Trace,
} from '@roamkit/backend-mock/trace'
import { allUplinks, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { Subscription } from 'rxjs'
import { configurations, named, seconds } from '../text.js'
import { Course } from './course.js'
import { followSession } from './follow-session.js'
import { closeInVirtualTime, Queue, type Run } from './run.js'

/** The most sessions in a trace that is played: each is followed, so a page with many more would freeze. */
const MOST_SESSIONS = 1000

/** A recorded trace that is played again. The session to show is the first that was called. */
export class TraceRun implements Run {
  readonly clock = new VirtualClock()
  readonly course = new Course(this.clock)
  readonly #trace: Trace
  readonly #following = new Subscription()
  readonly #queue = new Queue()
  readonly #sessions = new Map<number, NetworkSession>()
  readonly #told: SessionEventLine[] = []
  #manager: NetworkConfigurationManager | null = null
  #next = 0
  #isOver = false

  private constructor(trace: Trace) {
    this.#trace = trace
  }

  /**
   * Begins to play a trace.
   * @throws (rejects) TraceError that names the line, for an invalid trace; Error for one that has too many sessions
   */
  static async open(text: string): Promise<TraceRun> {
    const trace = parseTrace(text)
    const sessions = new Set(trace.steps.flatMap((step) => (step.type === 'call' ? step.call.session : [])))
    if (sessions.size > MOST_SESSIONS)
      throw new Error(`it has ${sessions.size} sessions, and at most ${MOST_SESSIONS} are played`)
    const run = new TraceRun(trace)
    const driver = replay(trace, { onCall: (call) => run.#call(call) })
    run.#manager = await NetworkConfigurationManager.open(driver, { clock: run.clock, reopenJitter: 0 })
    run.#manager.defineServiceNetwork(allUplinks)
    return run
  }

  get manager(): NetworkConfigurationManager {
    if (this.#manager === null) throw new Error('the trace is not open yet')
    return this.#manager
  }

  get session(): NetworkSession | null {
    const [first] = this.#sessions.values()
    return first ?? null
  }

  /** What the trace says about itself. */
  get about(): string {
    const { backend, duration, names, begin } = this.#trace
    const hidden = names === 'hidden' ? ', names replaced' : ''
    return `${seconds(duration)} of ${named(backend)}, ${configurations(begin.configurations.length)}${hidden}.`
  }

  get nextStep(): number | null {
    const { steps, duration } = this.#trace
    const now = this.clock.now()
    while ((steps[this.#next]?.at ?? Number.POSITIVE_INFINITY) <= now) this.#next += 1
    return steps[this.#next]?.at ?? (now < duration ? duration : null)
  }

  pass(ms: number): Promise<void> {
    return this.#queue.add(async () => {
      const left = this.#trace.duration - this.clock.now()
      await this.clock.advance(Math.max(0, Math.min(ms, left)))
      if (left <= ms) this.#end()
    })
  }

  close(): Promise<void> {
    this.#following.unsubscribe()
    return this.#queue.add(() => closeInVirtualTime(this))
  }

  #call({ session: number, on, does }: SessionCallLine): void {
    const session = this.#sessions.get(number) ?? this.#create(number, on)
    this.course.note('call', `session ${number}: ${does}()`)
    // The course has the error that the session emits.
    session[does]().catch(() => undefined)
  }

  #create(number: number, on: string): NetworkSession {
    const session = this.manager.createSession(on)
    this.#sessions.set(number, session)
    this.#following.add(
      noteSessionEvents(session, (event) =>
        this.#told.push({ at: this.clock.now(), session: number, on, ...event }),
      ),
    )
    const isFirst = this.#sessions.size === 1
    const notes = {
      course: this.course,
      label: `session ${number}: `,
      into: isFirst ? 'lanes' : 'log',
    } as const
    this.#following.add(followSession(this.manager, session, notes).subscribe())
    return session
  }

  /** Says whether the sessions emitted the same events as in the recording. Times differ by what the recorded machine needed to compute. */
  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const recorded = this.#trace.events.map(withoutTime)
    const replayed = this.#told.map(withoutTime)
    const length = Math.max(recorded.length, replayed.length)
    const first = Array.from({ length }, (_, index) => index).find((at) => recorded[at] !== replayed[at])
    if (first === undefined)
      this.course.note('note', `the sessions emitted the same events as in the recording: ${length}`)
    else {
      const [was, is] = [recorded[first], replayed[first]].map((one) => named(one ?? 'nothing'))
      this.course.note('error', `event ${first + 1} differs: recorded ${was}, replayed ${is}`)
    }
  }
}

function withoutTime({ at: _, ...event }: SessionEventLine): string {
  return Object.values(event).join(' ')
}
