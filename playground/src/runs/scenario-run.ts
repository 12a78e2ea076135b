import { type MockDriver, mock, VirtualClock } from '@roamkit/backend-mock'
import { allUplinks, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { type RoamingQuestion, roamingOffers$ } from '@roamkit/rx'
import { BehaviorSubject, EMPTY, Subject, Subscription, switchMap } from 'rxjs'
import {
  type AccessPoint,
  type Action,
  afterAction,
  LIMITS,
  type Scenario,
  type Step,
} from '../scenarios/scenario.js'
import { Course } from './course.js'
import { followSession, nameIn } from './follow-session.js'
import { closeInVirtualTime, Queue, type Run } from './run.js'

/** How long links take, in milliseconds: long enough to be seen. */
const ACTIVATION_TIME = 800
const DEACTIVATION_TIME = 400

/** After at most that many milliseconds it looks whether time is to go on. */
const SLICE = 100

/** A scenario that plays on a scripted network. People can take part, and what they do becomes part of the scenario. */
export class ScenarioRun implements Run {
  readonly clock: VirtualClock
  readonly manager: NetworkConfigurationManager
  readonly session: NetworkSession
  readonly course: Course
  /** Each offer and each trial, while the application is consulted. */
  readonly questions$ = new Subject<RoamingQuestion>()
  readonly isConsulted$: BehaviorSubject<boolean>
  readonly #scenario: Scenario
  readonly #driver: MockDriver
  readonly #following = new Subscription()
  readonly #queue = new Queue()
  readonly #done: Step[] = []
  #due: readonly Step[]
  #accessPoints: readonly AccessPoint[]

  private constructor(
    scenario: Scenario,
    {
      driver,
      manager,
      clock,
    }: { driver: MockDriver; manager: NetworkConfigurationManager; clock: VirtualClock },
  ) {
    this.#scenario = scenario
    this.#driver = driver
    this.#due = scenario.steps
    this.#accessPoints = scenario.accessPoints
    this.manager = manager
    this.clock = clock
    this.course = new Course(clock)
    this.session = manager.createSession(scenario.target)
    this.isConsulted$ = new BehaviorSubject(scenario.isConsulted)
    const notes = { course: this.course, label: '', into: 'lanes' } as const
    this.#following.add(followSession(manager, this.session, notes).subscribe())
    const questions = this.isConsulted$.pipe(
      switchMap((isConsulted) => (isConsulted ? roamingOffers$(this.session) : EMPTY)),
    )
    this.#following.add(questions.subscribe((question) => this.#ask(question)))
  }

  /** Begins a scenario. */
  static async open(scenario: Scenario): Promise<ScenarioRun> {
    const clock = new VirtualClock()
    const driver = mock({
      activationTime: ACTIVATION_TIME,
      deactivationTime: DEACTIVATION_TIME,
      configurations: scenario.accessPoints.map(({ isInRange, isMetered, ...facts }) => ({
        ...facts,
        inRange: isInRange,
        // The system does not try what it does not see.
        activate: isInRange ? 'yes' : 'unknown',
        metered: { value: isMetered, sure: true },
      })),
    })
    // Exact times, so that a shared scenario plays the same way everywhere.
    const manager = await NetworkConfigurationManager.open(driver, { clock, reopenJitter: 0 })
    manager.defineServiceNetwork(allUplinks)
    return new ScenarioRun(scenario, { driver, manager, clock })
  }

  /** What is scripted about the access points now. */
  get accessPoints(): readonly AccessPoint[] {
    return this.#accessPoints
  }

  /** The scenario with everything that has been done, and what is still to come; `null`: that is more than a scenario may have. */
  get scenario(): Scenario | null {
    const steps = [...this.#done, ...this.#due]
    const isTooMuch = steps.length > LIMITS.steps || (steps.at(-1)?.at ?? 0) > LIMITS.duration
    return isTooMuch ? null : { ...this.#scenario, steps }
  }

  get nextStep(): number | null {
    return this.#due[0]?.at ?? null
  }

  /** Does something now. The rest of the script is dropped, because it was made for another course of events. */
  perform(action: Action): Promise<void> {
    return this.#queue.add(async () => {
      if (this.#due.length > 0) this.course.note('note', 'you take part, so the script ends here')
      this.#due = []
      await this.#take({ ...action, at: this.clock.now() })
    })
  }

  pass(ms: number, until = () => false): Promise<void> {
    return this.#queue.add(async () => {
      const end = this.clock.now() + ms
      while (this.clock.now() < end && !until()) {
        const [step] = this.#due
        const to = Math.min(end, this.clock.now() + SLICE, step?.at ?? end)
        await this.clock.advance(to - this.clock.now())
        if (step === undefined || step.at > to) continue
        this.#due = this.#due.slice(1)
        await this.#take(step)
      }
    })
  }

  close(): Promise<void> {
    this.#following.unsubscribe()
    return this.#queue.add(() => closeInVirtualTime(this))
  }

  async #take(step: Step): Promise<void> {
    if (this.#done.length <= LIMITS.steps) this.#done.push(step)
    this.#apply(step)
    this.#accessPoints = this.#accessPoints.map((one) => afterAction(one, step))
    await this.clock.flush()
  }

  #apply(action: Action): void {
    const { world } = this.#driver
    const note = (says: string) => this.course.note('call', says)
    switch (action.does) {
      case 'consult':
        note(`the application ${action.value ? 'answers' : 'does not answer'} offers`)
        return this.isConsulted$.next(action.value)
      case 'range':
        note(`${this.#nameOf(action.on)} ${action.value ? 'appears' : 'disappears'}`)
        return world.setInRange(action.on, action.value)
      case 'meter':
        note(`${this.#nameOf(action.on)} is ${action.value ? '' : 'not '}metered`)
        return world.set(action.on, { metered: { value: action.value, sure: true } })
      case 'signal':
        note(`${this.#nameOf(action.on)} has signal ${action.value}`)
        return world.set(action.on, { signal: action.value })
      case 'connect':
        note(`${this.#nameOf(action.on)} has connectivity ${action.value}`)
        return world.set(action.on, { connectivity: action.value })
      default:
        note(`${action.does}()`)
        // The course has the error that the session emits.
        this.session[action.does]().catch(() => undefined)
    }
  }

  #ask(question: RoamingQuestion): void {
    const name = nameIn(question.configuration)
    this.course.note('question', question.type === 'offer' ? `offer: ${name}` : `trial: ${name} is up`)
    this.questions$.next(question)
  }

  #nameOf(id: string): string {
    return nameIn(this.manager.configurationFromIdentifier(id))
  }
}
