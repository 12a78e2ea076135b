import type { Catalogue } from '../../configurations/catalogue.js'
import { reduceLink } from '../../links/link-machine.js'
import type { LinkClock, LinkEffect, LinkInput } from '../../links/link-messages.js'
import { eitherSignal } from '../../primitives/either-signal.js'
import { protect } from '../../primitives/report-error.js'
import { earliest } from '../../primitives/time/deadlines.js'
import type { Times } from '../../primitives/time/times.js'
import type { Agenda, TimeOwner } from '../agenda.js'
import { NOTHING, type Output } from '../batch.js'
import type { CommandContext } from './command-context.js'
import { activate, carryOver, deactivate, join, notifyHoldersStopped, stop } from './link-commands.js'
import type { LinkEntry, LinkStates } from './link-states.js'

/** How long another manager's word is believed that it stops a link which is not on its way down yet, in milliseconds. */
const STOP_WORD = 5000

/** Runs the machine of each link: its inputs come in here, and what it wants done goes out. */
export class LinkRunner {
  readonly #links: LinkStates
  readonly #times: Times
  readonly #catalogue: Catalogue
  readonly #agenda: Agenda<TimeOwner>
  readonly #commands: CommandContext
  /** Of every link that was ever commanded: what is late is given up with the manager, too. */
  readonly #commandsById = new Map<string, CommandContext>()

  constructor(commands: CommandContext, catalogue: Catalogue, times: Times, agenda: Agenda<TimeOwner>) {
    this.#commands = commands
    this.#links = commands.links
    this.#catalogue = catalogue
    this.#times = times
    this.#agenda = agenda
  }

  /** One step of a link. */
  run(id: string, input: LinkInput): readonly Output[] {
    const entry = this.#links.entry(id)
    entry.name = this.#commands.watch.link(id)?.name ?? entry.name
    const [state, effects] = reduceLink(entry.state, input, this.#clockOf(id))
    entry.state = state
    this.#commands.secrets.review(id, state)
    this.#agenda.set(id, earliest(state.deadlines)?.at ?? null)
    return effects.flatMap((effect) => this.#perform(id, entry, effect))
  }

  /** A time of that link is over. */
  due(id: string): readonly Output[] {
    const first = earliest(this.#links.state(id).deadlines)
    return first === null ? NOTHING : [{ to: 'link', id, input: { type: 'timer', timer: first.name } }]
  }

  #perform(id: string, entry: LinkEntry, effect: LinkEffect): readonly Output[] {
    if (effect.type === 'notice') {
      const record = entry.members.get(effect.to)
      if (record === undefined) return NOTHING
      return [{ to: 'session', record, input: { type: 'notice', child: id, notice: effect.notice } }]
    }
    const context = this.#commandsOf(id)
    switch (effect.type) {
      case 'join':
        this.#watchStops(id, entry)
        return command(() => join(context, id))
      case 'activate':
        this.#watchStops(id, entry)
        return command(() => {
          entry.abandonActivation = activate(context, id, effect)
        })
      case 'abandonActivation':
        entry.abandonActivation()
        return NOTHING
      case 'deactivate':
        return command(() => deactivate(context, id, effect))
      case 'stop':
        return command(() => stop(context, id))
      case 'notifyHoldersStopped':
        return command(() => notifyHoldersStopped(context, id, effect.activation))
      case 'carryOver':
        return command(() => carryOver(context, id, effect))
    }
  }

  /** Each link has a signal of its own, so that no signal gets a listener for every link from backend or holders. */
  #commandsOf(id: string): CommandContext {
    let context = this.#commandsById.get(id)
    if (context === undefined) {
      context = { ...this.#commands, signal: eitherSignal(this.#commands.signal).signal }
      this.#commandsById.set(id, context)
    }
    return context
  }

  #clockOf(id: string): LinkClock {
    const activation = this.#catalogue.connectTimeout(id)
    const durations = { activation, teardown: this.#times.windDownTimeout, stopWord: STOP_WORD }
    return { now: this.#agenda.now(), durations }
  }

  #watchStops(id: string, entry: LinkEntry): void {
    const { holders, scope, post } = this.#commandsOf(id)
    protect(() => {
      entry.unwatch ??= holders.watch(scope, id, (activation) =>
        post(id, { type: 'stoppingElsewhere', activation }),
      )
    })
  }
}

function command(run: () => void): readonly Output[] {
  return [{ to: 'system', command: run }]
}
