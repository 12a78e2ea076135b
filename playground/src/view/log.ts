import { Subscription } from 'rxjs'
import type { Course, Entry } from '../runs/course.js'
import { seconds } from '../text.js'
import { element } from './dom.js'

/** The most entries in the page. */
const MOST = 500
/** The height of an entry, about, in pixels. */
const LINE = 24

/** The course of a run in words. A screen reader announces each new entry. */
export class Log {
  /** It scrolls. */
  readonly #place: HTMLElement
  readonly #list = element('ol')
  #following = Subscription.EMPTY

  constructor(place: HTMLElement) {
    this.#place = place
    place.append(this.#list)
  }

  /** Shows another course, instead of the one before. */
  follow(course: Course): void {
    this.#following.unsubscribe()
    this.#list.replaceChildren(...course.entries.map(item))
    this.#following = course.added$.subscribe((entry) => {
      const { scrollTop, scrollHeight, clientHeight } = this.#place
      this.#list.append(item(entry))
      if (this.#list.childElementCount > MOST) this.#list.firstElementChild?.remove()
      // Someone who has scrolled back is reading.
      if (scrollTop + clientHeight > scrollHeight - LINE) this.#place.scrollTop = this.#place.scrollHeight
    })
  }
}

function item({ at, kind, says }: Entry): HTMLElement {
  return element(
    'li',
    { class: kind },
    element('span', { class: 'at' }, seconds(at)),
    ' ',
    element('span', {}, says),
  )
}
