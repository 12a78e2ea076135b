import { Pace } from './runs/pace.js'
import type { Run } from './runs/run.js'
import { ScenarioRun } from './runs/scenario-run.js'
import { TraceRun } from './runs/trace-run.js'
import type { Action, Scenario } from './scenarios/scenario.js'
import { named } from './text.js'
import { AccessPoints } from './view/access-points.js'
import { byId, setText } from './view/dom.js'
import { Log } from './view/log.js'
import { SessionPanel } from './view/session-panel.js'
import { messageOf, SharePanel } from './view/share-panel.js'
import { StateDiagram } from './view/state-diagram.js'
import { TimeLine } from './view/time-line.js'
import { TimePanel } from './view/time-panel.js'

/** The longest time that one press of a button lets pass, in milliseconds. */
const LONGEST_STEP = 3_600_000

/** The longest message about a trace, which quotes the trace. */
const LONGEST_MESSAGE = 400

/** The playground: one run at a time, and the panels that show it. */
export class Page {
  #run: Run | null = null
  #scenario: Scenario | null = null
  /** Runs are opened and closed one after the other. */
  #changing: Promise<void> = Promise.resolve()
  /** Paused by a question, and not by the user. */
  #isWaiting = false
  readonly #pace = new Pace((ms) => this.#pass(ms))
  readonly #time = new TimePanel(this.#pace, (to) => void this.#step(to))
  readonly #accessPoints = new AccessPoints(
    byId('access-points', HTMLElement),
    byId('more-access-points', HTMLElement),
    (action) => this.#perform(action),
  )
  readonly #session = new SessionPanel(
    (action) => this.#perform(action),
    (target) => this.#scenario && this.#start({ ...this.#scenario, target }),
  )
  readonly #diagram = new StateDiagram(byId('diagram', HTMLElement))
  readonly #timeLine = new TimeLine(byId('time-line', HTMLElement))
  readonly #log = new Log(byId('log', HTMLElement))
  readonly #sharing = new SharePanel({
    start: (scenario) => this.#start(scenario),
    play: (text) => this.#play(text),
    share: () => (this.#run instanceof ScenarioRun ? this.#run.scenario : null),
    problem: (says) => this.#problem(says),
  })

  /** Starts with what the page's link says, and shows errors that nothing has caught. */
  begin(): void {
    addEventListener('error', ({ message }) => this.#problem(`The playground has failed: ${message}`))
    addEventListener('unhandledrejection', ({ reason }) =>
      this.#problem(`The playground has failed: ${messageOf(reason)}`),
    )
    addEventListener('resize', () => this.#show())
    this.#sharing.startFromLink()
  }

  #start(scenario: Scenario): void {
    this.#problem(null)
    this.#change(async () => {
      this.#scenario = scenario
      const run = await ScenarioRun.open(scenario)
      run.questions$.subscribe(() => {
        // A script that goes on has the answer.
        if (!this.#time.stopsAtQuestions || !this.#pace.isPlaying$.value || run.nextStep !== null) return
        this.#isWaiting = true
        this.#pace.pause()
      })
      return run
    })
  }

  #play(text: string): void {
    this.#problem(null)
    this.#change(async () => {
      try {
        return await TraceRun.open(text)
      } catch (error) {
        this.#problem(`This trace cannot be played: ${named(messageOf(error), LONGEST_MESSAGE)}.`)
        return null
      }
    })
  }

  /** Replaces the run; `null`: it stays. */
  #change(open: () => Promise<Run | null>): void {
    this.#changing = this.#changing
      .then(async () => {
        const run = await open()
        if (run !== null) await this.#replace(run)
      })
      .catch(reportError)
  }

  async #replace(run: Run): Promise<void> {
    const before = this.#run
    this.#run = run
    this.#accessPoints.clear()
    this.#session.begin(run instanceof ScenarioRun ? run : null)
    this.#log.follow(run.course)
    this.#sharing.clear()
    setText(byId('about-trace', HTMLElement), run instanceof TraceRun ? run.about : '')
    this.#isWaiting = false
    this.#pace.play()
    this.#show()
    await before?.close()
  }

  #perform(action: Action): void {
    const run = this.#run
    if (!(run instanceof ScenarioRun)) return
    void run.perform(action).then(() => {
      this.#show()
      const { offer, trial } = run.session
      if (!this.#isWaiting || offer !== null || trial !== null) return
      this.#isWaiting = false
      this.#pace.play()
    })
  }

  async #pass(ms: number): Promise<void> {
    await this.#run?.pass(ms, () => !this.#pace.isPlaying$.value)
    this.#show()
  }

  async #step(to: 'second' | 'next'): Promise<void> {
    this.#isWaiting = false
    this.#pace.pause()
    const run = this.#run
    if (run === null) return
    const { nextStep } = run
    const ms = to === 'second' || nextStep === null ? 1000 : nextStep - run.clock.now()
    await run.pass(Math.min(ms, LONGEST_STEP))
    this.#show()
  }

  /** Shows what is so now. Everything that changes it ends here. */
  #show(): void {
    const run = this.#run
    if (run === null) return
    const now = run.clock.now()
    const scripted = run instanceof ScenarioRun ? run : null
    const snapshot = run.session?.getSnapshot() ?? null
    this.#time.show(now, run.nextStep)
    this.#session.show(snapshot, scripted, now)
    this.#accessPoints.show(
      run.manager.allConfigurations(),
      scripted?.accessPoints ?? [],
      snapshot?.activeConfiguration ?? '',
    )
    this.#diagram.show(snapshot?.state ?? null)
    this.#timeLine.show(run.course, now)
  }

  #problem(says: string | null): void {
    const place = byId('problem', HTMLElement)
    place.hidden = says === null
    setText(place, says ?? '')
    // It is at the top, and what was pressed may be far below.
    if (says !== null) place.scrollIntoView({ block: 'nearest' })
  }
}
