import type { SessionSnapshot } from '@roamkit/core'
import { nameIn } from '../runs/follow-session.js'
import type { ScenarioRun } from '../runs/scenario-run.js'
import type { Action } from '../scenarios/scenario.js'
import { named } from '../text.js'
import { byId, element, onPress, setText, setUsable } from './dom.js'

const CALLS = ['open', 'close', 'migrate', 'ignore', 'accept', 'reject'] as const

/** The session: what it is doing, what it asks, and in a scenario the buttons for its calls. */
export class SessionPanel {
  readonly #status = byId('status', HTMLElement)
  readonly #controls = byId('controls', HTMLElement)
  readonly #question = byId('question', HTMLElement)
  readonly #deadline = byId('deadline', HTMLElement)
  readonly #consult = byId('consult', HTMLInputElement)
  readonly #target = byId('target', HTMLSelectElement)
  readonly #buttons = CALLS.map((does) => ({ does, button: byId(does, HTMLButtonElement) }))

  /** @param retarget starts the scenario again with the session on another configuration */
  constructor(perform: (action: Action) => void, retarget: (identifier: string) => void) {
    for (const { does, button } of this.#buttons) onPress(button, () => perform({ does }))
    this.#consult.addEventListener('change', () => perform({ does: 'consult', value: this.#consult.checked }))
    this.#target.addEventListener('change', () => retarget(this.#target.value))
  }

  /** Begins with another session; `null`: there are no controls, because a trace is played. */
  begin(run: ScenarioRun | null): void {
    this.#controls.hidden = run === null
    if (run === null) return
    const options = run.manager
      .allConfigurations()
      .map(({ identifier, name }) => element('option', { value: identifier }, named(name)))
    this.#target.replaceChildren(...options)
    this.#target.value = run.session.configuration.identifier
  }

  /** @param now in milliseconds of virtual time */
  show(snapshot: SessionSnapshot | null, run: ScenarioRun | null, now: number): void {
    setText(this.#status, snapshot === null ? 'There is no session yet.' : statusOf(snapshot, run))
    if (snapshot === null || run === null) return
    const { offer, trial, isOpen, state } = snapshot
    this.#consult.checked = run.isConsulted$.value
    setText(this.#question, questionOf(snapshot))
    // Apart from the question, which a screen reader announces.
    setText(this.#deadline, deadlineOf(snapshot, now))
    const isUsable = {
      open: !isOpen && state !== 'connecting',
      close: isOpen || state === 'connecting',
      migrate: offer !== null,
      ignore: offer !== null,
      accept: trial !== null,
      reject: trial !== null,
    }
    for (const { does, button } of this.#buttons) setUsable(button, isUsable[does])
  }
}

function statusOf({ state, isOpen, activeConfiguration }: SessionSnapshot, run: ScenarioRun | null): string {
  const open = `The session is ${isOpen ? 'open' : 'closed'}, and its state is ${state}`
  if (activeConfiguration === '') return `${open}.`
  const name = run?.manager.configurationFromIdentifier(activeConfiguration)
  return `${open}, on ${name === undefined ? named(activeConfiguration) : nameIn(name)}.`
}

function questionOf({ offer, trial }: SessionSnapshot): string {
  if (offer !== null) return `Roam to ${nameIn(offer.configuration)}?`
  if (trial !== null) return `${nameIn(trial.configuration)} is up on trial. Stay there?`
  return 'The session asks nothing.'
}

function deadlineOf({ offer, trial }: SessionSnapshot, now: number): string {
  if (offer === null && trial === null) return ''
  const deadline = (offer ?? trial)?.deadline ?? null
  return deadline === null ? 'No deadline.' : `Time to answer: ${Math.ceil((deadline - now) / 1000)} s.`
}
