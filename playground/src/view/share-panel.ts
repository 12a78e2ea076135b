import { allUplinks } from '@roamkit/core'
import { linkOf, scenarioIn } from '../scenarios/link.js'
import { readyMade } from '../scenarios/ready-made.js'
import { LIMITS, type Scenario } from '../scenarios/scenario.js'
import { LONGEST_MESSAGE, named } from '../text.js'
import { byId, element, onPress, setText } from './dom.js'

/** The largest trace that the page takes, in bytes. `parseTrace` takes more, but a page must stay usable. */
const LARGEST = 16 * 1024 * 1024

/** What the panel asks for. */
export interface Sharing {
  start(scenario: Scenario): void
  /** Plays a trace. */
  play(text: string): void
  /** The scenario to share; `null`: a trace is played, or the scenario is too long. */
  share(): Scenario | null
  problem(says: string): void
}

/** Where scenarios and traces come from, and where scenarios go to: the list, links, files. */
export class SharePanel {
  readonly #sharing: Sharing
  readonly #shared = byId('shared', HTMLElement)
  readonly #field = byId('shared-field', HTMLElement)
  readonly #link = byId('shared-link', HTMLInputElement)

  constructor(sharing: Sharing) {
    this.#sharing = sharing
    const choice = byId('scenario', HTMLSelectElement)
    choice.append(...Object.keys(readyMade).map((name) => element('option', {}, name)))
    onPress(byId('start', HTMLButtonElement), () => {
      const scenario = readyMade[choice.value]
      if (scenario !== undefined) sharing.start(scenario)
    })
    onPress(byId('share', HTMLButtonElement), () => void this.#share())
    const input = byId('trace', HTMLInputElement)
    input.addEventListener('change', () => void this.#take(input.files))
    // The same file may be chosen again: that would be no change.
    input.addEventListener('click', () => {
      input.value = ''
    })
    acceptDrops(byId('drop', HTMLElement), (files) => void this.#take(files))
    addEventListener('hashchange', () => this.startFromLink())
  }

  /** Starts the scenario of the page's link, or the first of the list if it has none or an invalid one. */
  startFromLink(): void {
    const [first] = Object.values(readyMade)
    try {
      const scenario = scenarioIn(location.hash, allUplinks.identifier) ?? first
      if (scenario !== undefined) this.#sharing.start(scenario)
    } catch (error) {
      if (first !== undefined) this.#sharing.start(first)
      this.#sharing.problem(`The link has no valid scenario: ${named(messageOf(error), LONGEST_MESSAGE)}.`)
    }
  }

  /** Forgets what was shared, because another run has begun. */
  clear(): void {
    this.#field.hidden = true
    setText(this.#shared, '')
  }

  async #share(): Promise<void> {
    const scenario = this.#sharing.share()
    this.#field.hidden = scenario === null
    if (scenario === null) {
      const { steps, duration } = LIMITS
      setText(
        this.#shared,
        `Only a scenario of at most ${steps} steps in ${duration / 60_000} minutes can be shared.`,
      )
      return
    }
    const link = linkOf(scenario)
    // Without an event, so that the run goes on.
    history.replaceState(null, '', link)
    this.#link.value = location.href
    setText(this.#shared, await copied(location.href))
  }

  async #take(files: FileList | null): Promise<void> {
    const file = files?.[0]
    if (file === undefined) return
    if (file.size > LARGEST)
      return this.#sharing.problem(`The trace has more than ${LARGEST / 1024 / 1024} MiB.`)
    this.#sharing.play(await file.text())
  }
}

/** Copies a text, which a browser may refuse. @returns what to say */
async function copied(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text)
    return 'The link is copied. It plays what you did.'
  } catch {
    return 'Copy this link. It plays what you did.'
  }
}

function acceptDrops(place: HTMLElement, take: (files: FileList | null) => void): void {
  // Anywhere in the page, so that a file that misses the place does not replace the page.
  addEventListener('dragover', (event) => {
    event.preventDefault()
    place.classList.add('over')
  })
  addEventListener('dragleave', () => place.classList.remove('over'))
  addEventListener('drop', (event) => {
    event.preventDefault()
    place.classList.remove('over')
    take(event.dataTransfer?.files ?? null)
  })
}

/** The message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
