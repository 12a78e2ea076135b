import type { SessionState } from '@roamkit/core'
import { svgElement } from './dom.js'

/** Where the centre of each state is. The compiler checks that none is missing. */
const STATES: Readonly<Record<SessionState, readonly [x: number, y: number]>> = {
  invalid: [290, 28],
  notAvailable: [70, 28],
  disconnected: [70, 138],
  connecting: [180, 83],
  connected: [290, 138],
  closing: [180, 193],
  roaming: [290, 238],
}

/** The usual changes: from, to, and the line between them. */
const CHANGES: readonly (readonly [from: SessionState, to: SessionState, line: string])[] = [
  ['invalid', 'notAvailable', 'M240 28H122'],
  ['connected', 'notAvailable', 'M276 120V55H108V48'],
  ['notAvailable', 'disconnected', 'M60 46V118'],
  ['disconnected', 'notAvailable', 'M80 120V48'],
  ['disconnected', 'connecting', 'M86 120L130 94'],
  ['connecting', 'disconnected', 'M150 102L114 119'],
  ['connecting', 'connected', 'M230 92L256 118'],
  ['connecting', 'closing', 'M172 101V173'],
  ['closing', 'connecting', 'M188 175V103'],
  ['connected', 'disconnected', 'M240 138H122'],
  ['connected', 'closing', 'M268 156L224 176'],
  ['closing', 'disconnected', 'M130 188L92 158'],
  ['connected', 'roaming', 'M280 156V218'],
  ['roaming', 'connected', 'M300 220V158'],
  ['roaming', 'disconnected', 'M240 238H60V158'],
]

/** The states of a session as a diagram. It is a list for screen readers, and the current state is the current item. */
export class StateDiagram {
  readonly #nodes = new Map<string, SVGGElement>()
  readonly #lines = new Map<string, SVGPathElement>()
  #current: SessionState | null = null

  constructor(place: Element) {
    const arrow = svgElement(
      'marker',
      {
        id: 'arrow',
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        orient: 'auto',
        // All of one size, however thick the line is.
        markerUnits: 'userSpaceOnUse',
        markerWidth: 9,
        markerHeight: 9,
      },
      svgElement('path', { d: 'M0 0L8 4L0 8Z', fill: 'context-stroke' }),
    )
    for (const [from, to, line] of CHANGES)
      this.#lines.set(`${from} ${to}`, svgElement('path', { d: line, 'marker-end': 'url(#arrow)' }))
    for (const [state, [x, y]] of Object.entries(STATES)) this.#nodes.set(state, node(state, x, y))
    const lines = svgElement('g', { class: 'changes', 'aria-hidden': 'true' }, ...this.#lines.values())
    const states = svgElement(
      'g',
      { role: 'list', 'aria-label': 'States of a session' },
      ...this.#nodes.values(),
    )
    place.append(
      svgElement(
        'svg',
        { viewBox: '0 0 360 262', class: 'diagram' },
        svgElement('defs', {}, arrow),
        lines,
        states,
      ),
    )
  }

  /** Marks the current state, and the change that led to it; `null`: there is no session. */
  show(state: SessionState | null): void {
    if (state === this.#current) return
    for (const [name, line] of this.#lines)
      line.classList.toggle('taken', name === `${this.#current} ${state}`)
    if (this.#current !== null) this.#nodes.get(this.#current)?.removeAttribute('aria-current')
    if (state !== null) this.#nodes.get(state)?.setAttribute('aria-current', 'true')
    this.#current = state
  }
}

function node(state: string, x: number, y: number): SVGGElement {
  return svgElement(
    'g',
    { class: 'state', role: 'listitem', transform: `translate(${x} ${y})` },
    svgElement('rect', { x: -51, y: -18, width: 102, height: 36, rx: 8 }),
    svgElement('text', { y: 4 }, state),
    svgElement('text', { y: 13, class: 'now' }, 'now'),
  )
}
