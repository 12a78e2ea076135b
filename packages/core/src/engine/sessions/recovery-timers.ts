import type { Catalogue } from '../../configurations/catalogue.js'
import type { ServiceNetwork } from '../../configurations/service-network.js'
import type { Agenda, Timed, TimeOwner } from '../agenda.js'

/** Has a service network ranked again when a child that was lost has recovered (rule L3). */
export class RecoveryTimers {
  readonly #catalogue: Catalogue
  readonly #agenda: Agenda<TimeOwner>
  readonly #timers = new WeakMap<ServiceNetwork, Timed>()

  constructor(catalogue: Catalogue, agenda: Agenda<TimeOwner>) {
    this.#catalogue = catalogue
    this.#agenda = agenda
  }

  /** Something may be different about the children: their next times are noted. */
  arm(): void {
    const now = this.#agenda.now()
    for (const network of this.#catalogue.networks)
      this.#agenda.set(this.#timerOf(network), network.recoversAt(now))
  }

  #timerOf(network: ServiceNetwork): Timed {
    const known = this.#timers.get(network)
    if (known !== undefined) return known
    const timer: Timed = { due: () => [{ to: 'ranking', change: () => this.#catalogue.rank(network) }] }
    this.#timers.set(network, timer)
    return timer
  }
}
