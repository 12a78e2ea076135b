import type { SessionCallLine, SessionEventLine, Trace } from '@roamkit/backend-mock/trace'
import type { NetworkConfiguration, NetworkConfigurationManager } from '@roamkit/core'
import type { Clock } from '@roamkit/core/contract'
import type { Output } from '../output.js'
import type { Format } from '../request.js'
import { TimeLine } from '../terminal/time-line.js'
import { eventWords } from './event-words.js'

/** The longest event. */
const LONGEST = 'activeConfigurationChanged'

/** Prints a replay: what happened, when, and whether that is what was recorded. */
export class TraceReport {
  readonly #clock: Clock
  readonly #format: Format
  readonly #output: Output
  readonly #line: TimeLine

  constructor(clock: Clock, { format }: { readonly format: Format }, output: Output) {
    this.#clock = clock
    this.#format = format
    this.#output = output
    this.#line = new TimeLine(clock, output, LONGEST)
  }

  /** The first line, for people. */
  begin({ backend, duration, names, begin }: Trace): void {
    if (this.#format === 'json') return
    const hidden = names === 'hidden' ? ', names replaced' : ''
    const count = begin.configurations.length
    this.#line.title(
      `${(duration / 1000).toFixed(1)} s of ${backend}, ${count} ${count === 1 ? 'configuration' : 'configurations'} at first${hidden}.`,
    )
  }

  /** Prints what happens to configurations from now on. Returns the undo. */
  follow(manager: NetworkConfigurationManager): () => void {
    const say = (event: string) => (configuration: NetworkConfiguration) => {
      const { identifier, name, state } = configuration
      if (this.#format === 'json') this.#json({ event, identifier, name, state })
      else this.#line.event(event, `${identifier} '${name}' is ${state}`)
    }
    for (const configuration of manager.allConfigurations()) say('configuration')(configuration)
    const undos = [
      manager.on('configurationAdded', say('configurationAdded')),
      manager.on('configurationChanged', say('configurationChanged')),
      manager.on('configurationRemoved', say('configurationRemoved')),
      manager.on('serviceChanged', (service) => {
        if (this.#format === 'json') this.#json({ event: 'serviceChanged', service })
        else this.#line.event('serviceChanged', `the service is ${service}`)
      }),
    ]
    return () => {
      for (const undo of undos) undo()
    }
  }

  /** What the recorded application did. */
  call({ session, on, does }: SessionCallLine): void {
    if (this.#format === 'json') this.#json({ session, on, does })
    else this.#line.act(`${does}()`, `session ${session} on ${on}`)
  }

  event(line: SessionEventLine): void {
    if (this.#format === 'json') this.#output.json(line)
    else this.#line.event(line.event, `session ${line.session}: ${eventWords(line)}`)
  }

  /** Compares the events of the sessions with those that were recorded. @returns whether it is the same */
  end({ events, duration }: Trace, told: readonly SessionEventLine[]): boolean {
    const index = events.findIndex((event, at) => !isSame(event, told[at]))
    const first = index < 0 ? Math.min(events.length, told.length) : index
    const recorded = events[first]
    const replayed = told[first]
    if (recorded === undefined && replayed === undefined) {
      if (this.#format === 'json') this.#json({ event: 'end', same: true, at: duration })
      else this.#line.title(`The sessions emitted the same events as in the recording: ${told.length}.`)
      return true
    }
    if (this.#format === 'json') this.#json({ event: 'end', same: false, recorded, replayed })
    this.#output.note(`event ${first + 1} differs: recorded ${shown(recorded)}, replayed ${shown(replayed)}`)
    return false
  }

  #json(value: object): void {
    this.#output.json({ at: this.#clock.now(), ...value })
  }
}

/** Times differ by what the recorded machine needed to compute. */
function isSame(recorded: SessionEventLine, replayed: SessionEventLine | undefined): boolean {
  return (
    replayed !== undefined &&
    recorded.session === replayed.session &&
    recorded.on === replayed.on &&
    recorded.event === replayed.event &&
    eventWords(recorded) === eventWords(replayed)
  )
}

function shown(event: SessionEventLine | undefined): string {
  if (event === undefined) return 'nothing'
  return `'${event.event} ${eventWords(event)}' of session ${event.session} at ${event.at} ms`
}
