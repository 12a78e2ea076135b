import type { Pace } from '../runs/pace.js'
import { seconds } from '../text.js'
import { byId, onPress, setText, setUsable } from './dom.js'

/** For the positions of the slider. */
const SPEEDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1000]

/** Virtual time: how fast it passes, and steps of it. */
export class TimePanel {
  readonly #now = byId('now', HTMLElement)
  readonly #next = byId('next', HTMLButtonElement)
  readonly #stop = byId('stop-at-questions', HTMLInputElement)

  /** @param step lets time pass: a second, or until the next step */
  constructor(pace: Pace, step: (to: 'second' | 'next') => void) {
    const play = byId('play', HTMLButtonElement)
    const speed = byId('speed', HTMLInputElement)
    onPress(play, () => (pace.isPlaying$.value ? pace.pause() : pace.play()))
    pace.isPlaying$.subscribe((isPlaying) => setText(play, isPlaying ? 'Pause' : 'Play'))
    onPress(byId('second', HTMLButtonElement), () => step('second'))
    onPress(this.#next, () => step('next'))
    const setSpeed = () => {
      pace.speed = SPEEDS[speed.valueAsNumber] ?? 1
      speed.setAttribute('aria-valuetext', `${pace.speed} times real time`)
      setText(byId('speed-shown', HTMLElement), `× ${pace.speed}`)
    }
    speed.addEventListener('input', setSpeed)
    setSpeed()
  }

  get stopsAtQuestions(): boolean {
    return this.#stop.checked
  }

  show(now: number, nextStep: number | null): void {
    setText(this.#now, seconds(now))
    setUsable(this.#next, nextStep !== null)
  }
}
