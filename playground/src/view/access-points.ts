import type { NetworkConfiguration } from '@roamkit/core'
import { nameIn } from '../runs/follow-session.js'
import { type AccessPoint, type Action, CONNECTIVITIES } from '../scenarios/scenario.js'
import { element, setText } from './dom.js'

/** The most access points in the page; a trace may have thousands. */
const MOST = 30

interface Controls {
  readonly elements: readonly HTMLElement[]
  show(script: AccessPoint): void
}

interface Card {
  readonly item: HTMLElement
  /** `null`: nothing about it is scripted. */
  readonly controls: Controls | null
  show(configuration: NetworkConfiguration, isUsed: boolean): void
}

/** The access points: what core knows about each, and in a scenario the controls of its world. */
export class AccessPoints {
  readonly #list: HTMLElement
  readonly #more: HTMLElement
  readonly #perform: (action: Action) => void
  readonly #cards = new Map<string, Card>()

  constructor(list: HTMLElement, more: HTMLElement, perform: (action: Action) => void) {
    this.#list = list
    this.#more = more
    this.#perform = perform
  }

  /** Begins another world. */
  clear(): void {
    this.#cards.clear()
    this.#list.replaceChildren()
  }

  /**
   * @param scripts what is scripted about them now
   * @param active the identifier of the access point that the session uses; empty: none
   */
  show(
    configurations: readonly NetworkConfiguration[],
    scripts: readonly AccessPoint[],
    active: string,
  ): void {
    const accessPoints = configurations.filter(({ type }) => type === 'internetAccessPoint')
    const shown = accessPoints.slice(0, MOST)
    for (const [id, { item }] of this.#cards) {
      if (shown.some(({ identifier }) => identifier === id)) continue
      this.#cards.delete(id)
      item.remove()
    }
    for (const configuration of shown) {
      const { identifier } = configuration
      const script = scripts.find(({ id }) => id === identifier)
      const card = this.#card(identifier, script)
      card.show(configuration, identifier === active)
      if (script !== undefined) card.controls?.show(script)
    }
    this.#more.hidden = accessPoints.length === shown.length
    setText(this.#more, `And ${accessPoints.length - shown.length} more.`)
  }

  #card(identifier: string, script: AccessPoint | undefined): Card {
    const known = this.#cards.get(identifier)
    if (known !== undefined) return known
    const card = newCard(script === undefined ? null : controlsOf(script, this.#perform))
    this.#cards.set(identifier, card)
    this.#list.append(card.item)
    return card
  }
}

function controlsOf({ id, bearer, signal }: AccessPoint, perform: (action: Action) => void): Controls {
  const range = checkbox(bearer === 'ethernet' ? 'Plugged in' : 'In range', (value) =>
    perform({ does: 'range', on: id, value }),
  )
  const meter = checkbox('Metered', (value) => perform({ does: 'meter', on: id, value }))
  const strength = slider('Signal', (value) => perform({ does: 'signal', on: id, value }))
  const internet = select('Connectivity', CONNECTIVITIES, (value) =>
    perform({ does: 'connect', on: id, value }),
  )
  const row = element('div', { class: 'row' }, range.label, meter.label)
  return {
    elements: [row, ...(signal === null ? [] : [strength.label]), internet.label],
    show(script) {
      range.show(script.isInRange)
      meter.show(script.isMetered)
      strength.show(script.signal ?? 0)
      internet.show(script.connectivity)
    },
  }
}

function newCard(controls: Controls | null): Card {
  const heading = element('h3')
  const facts = element('p', { class: 'facts' })
  const card = element('div', { class: 'card', role: 'group' }, heading, facts, ...(controls?.elements ?? []))
  return {
    item: element('li', {}, card),
    controls,
    show(configuration, isUsed) {
      const { bearerTypeName, state, signal, metered, connectivity } = configuration
      const name = nameIn(configuration)
      setText(heading, name)
      card.setAttribute('aria-label', name)
      const words = [
        bearerTypeName,
        state,
        ...(isUsed ? ['in use by the session'] : []),
        ...(signal === null ? [] : [`signal ${signal}`]),
        ...(metered?.value ? ['metered'] : []),
        ...(state === 'active' ? [`connectivity ${connectivity}`] : []),
      ]
      setText(facts, words.join(' · '))
      card.classList.toggle('active', state === 'active')
      card.classList.toggle('used', isUsed)
    },
  }
}

/** A control with its label. `show` changes it without a call of its function. */
interface Control<Value> {
  readonly label: HTMLElement
  show(value: Value): void
}

function checkbox(label: string, change: (isChecked: boolean) => void): Control<boolean> {
  const box = element('input', { type: 'checkbox' })
  box.addEventListener('change', () => change(box.checked))
  return {
    label: element('label', { class: 'check' }, box, ` ${label}`),
    show(isChecked) {
      box.checked = isChecked
    },
  }
}

function slider(label: string, change: (value: number) => void): Control<number> {
  const input = element('input', { type: 'range', min: 0, max: 100, step: 5 })
  const shown = element('span', { class: 'value', 'aria-hidden': 'true' })
  input.addEventListener('input', () => change(input.valueAsNumber))
  return {
    label: element('label', { class: 'slider' }, `${label} `, input, shown),
    show(value) {
      input.valueAsNumber = value
      setText(shown, String(value))
    },
  }
}

function select<Word extends string>(
  label: string,
  words: readonly Word[],
  change: (word: Word) => void,
): Control<Word> {
  const choice = element('select', {}, ...words.map((word) => element('option', {}, word)))
  choice.addEventListener('change', () => {
    const word = words.find((one) => one === choice.value)
    if (word !== undefined) change(word)
  })
  return {
    label: element('label', { class: 'field' }, `${label} `, choice),
    show(word) {
      choice.value = word
    },
  }
}
