import type { Course, Lane } from '../runs/course.js'
import { shortened } from '../text.js'
import { svgElement } from './dom.js'

const LANES: Readonly<Record<Lane, { readonly title: string; readonly y: number }>> = {
  state: { title: 'State', y: 18 },
  accessPoint: { title: 'Access point', y: 68 },
}
const HEIGHT = 172
const BAR = 24
/** What is marked below the lanes: by its shape, because not everyone sees its colour, and how far down. */
const MARKS = {
  roam: { shape: 'M0 -6L6 0L0 6L-6 0Z', y: 122 },
  question: { shape: 'M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0', y: 138 },
  error: { shape: 'M-5 -5L5 5M5 -5L-5 5', y: 138 },
} as const
const LEGEND = { y: 111, says: '◆ roam  ● question  ✕ error' }
/** How much time is shown at least and at most, in milliseconds. */
const SHORTEST = 2000
const LONGEST = 60_000
/** About how wide a character is, in pixels. */
const CHARACTER = 8
/** Between two labels of the axis, at least, in pixels. */
const TICK = 70

/** What a course looks like, up to now. The log has the same in words. */
export class TimeLine {
  readonly #picture = svgElement('svg', {
    class: 'time-line',
    height: HEIGHT,
    role: 'img',
    'aria-label': 'Time line. The log below says the same in words.',
  })

  constructor(place: Element) {
    place.append(this.#picture)
  }

  /** @param now in milliseconds of virtual time */
  show(course: Course, now: number): void {
    const width = this.#picture.clientWidth
    const length = Math.min(Math.max(now, SHORTEST), LONGEST)
    const begin = Math.max(0, now - length)
    const x = (ms: number) => ((ms - begin) / length) * width
    this.#picture.replaceChildren(
      ...axis({ begin, length, width }),
      ...(Object.keys(LANES) as Lane[]).flatMap((lane) => [
        svgElement('text', { x: 0, y: LANES[lane].y - 5, class: 'title' }, LANES[lane].title),
        ...course
          .spans(lane)
          .filter(({ to, says }) => says !== '' && (to ?? now) >= begin)
          .map(({ from, to, says }) =>
            bar({ from: x(Math.max(from, begin)), to: x(to ?? now), y: LANES[lane].y, says }),
          ),
      ]),
      svgElement('text', { x: 0, y: LEGEND.y, class: 'title' }, LEGEND.says),
      ...course.entries
        .filter(({ at, kind }) => at >= begin && kind in MARKS)
        .map(({ at, kind }) => mark(x(at), kind as keyof typeof MARKS)),
    )
  }
}

function bar({ from, to, y, says }: { from: number; to: number; y: number; says: string }): SVGGElement {
  const width = Math.max(1, to - from)
  const room = Math.floor((width - 8) / CHARACTER)
  const label = room >= says.length ? says : room > 3 ? shortened(says, room - 1) : ''
  return svgElement(
    'g',
    { class: `bar ${/^\w+$/.test(says) ? says : ''}` },
    svgElement('rect', { x: from, y, width, height: BAR, rx: 3 }),
    svgElement('text', { x: from + 5, y: y + 16 }, label),
  )
}

function mark(x: number, kind: keyof typeof MARKS): SVGPathElement {
  return svgElement('path', {
    d: MARKS[kind].shape,
    class: `mark ${kind}`,
    transform: `translate(${Math.max(6, x)} ${MARKS[kind].y})`,
  })
}

function axis({ begin, length, width }: { begin: number; length: number; width: number }): SVGElement[] {
  const y = HEIGHT - 20
  const steps = [500, 1000, 2000, 5000, 10_000, 20_000, 60_000]
  const step = steps.find((ms) => (ms / length) * width >= TICK) ?? LONGEST
  const first = Math.ceil(begin / step) * step
  const count = Math.floor((begin + length - first) / step) + 1
  const ticks = Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step)
  return [
    svgElement('line', { x1: 0, x2: width, y1: y, y2: y, class: 'axis' }),
    ...ticks.map((ms) => {
      const x = ((ms - begin) / length) * width
      const anchor = x < 20 ? 'start' : x > width - 20 ? 'end' : 'middle'
      return svgElement('text', { x, y: y + 15, 'text-anchor': anchor, class: 'tick' }, `${ms / 1000} s`)
    }),
  ]
}
