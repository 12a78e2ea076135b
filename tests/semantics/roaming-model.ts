import type { NetworkSession, RoamingOffer } from '@roamkit/core'

/**
 * What the rules let a session on a service network tell, as simple as it can be said: an offer is pending or not, a trial
 * runs or not, and what the application is told fits. It knows nothing of links, of rankings, or of the machine.
 */
export class RoamingModel {
  readonly wrong: string[] = []
  readonly #session: NetworkSession
  #isOpen = false
  #offer: string | null = null
  /** What the application has given its word on, which takes effect after what is being told. */
  #answered: string | null = null
  /** The offer that stood when the application gave its word. */
  #early: RoamingOffer | null = null
  /** Nobody listens to offers since: one made in the very moment may not have been heard. */
  #isDeaf = false
  #trial: string | null = null
  #active = ''

  constructor(session: NetworkSession, { trialTimeout }: { readonly trialTimeout?: number } = {}) {
    this.#session = session
    // R13: with a deadline of 0 the new one is accepted at once, and the event only tells that it is in use.
    const isAcceptedAtOnce = trialTimeout === 0
    session.on('opened', () => {
      this.#isOpen = true
    })
    session.on('closed', () => {
      // R16: nothing of a roam outlives the session.
      this.#isOpen = false
      this.#forgetOffer()
      this.#trial = null
    })
    session.on('offerWithdrawn', ({ identifier }) => {
      if (!this.#isOffered(identifier)) this.#complain(`withdrew ${identifier}, which was not offered`)
      this.#forgetOffer()
    })
    session.on('newConfigurationActivated', ({ configuration: { identifier } }) => {
      // R5, R6: a trial follows an offer that was taken, and is in `roaming`. A session that has accepted at once may roam on at once (R4).
      if (!this.#isOffered(identifier)) this.#complain(`trial of ${identifier}, which was not offered`)
      if (session.state !== 'roaming' && !(isAcceptedAtOnce && session.state === 'connected'))
        this.#complain(`trial in ${session.state}`)
      this.#forgetOffer()
      if (!isAcceptedAtOnce) this.#trial = identifier
    })
    session.on('activeConfigurationChanged', (identifier) => {
      if (identifier === this.#active) this.#complain(`told ${identifier} twice as active`)
      // R6 to R8, R12: in a trial the new one is active; whatever else is told ends the trial.
      if (identifier !== this.#trial) this.#trial = null
      this.#active = identifier
    })
    session.on('stateChanged', (state) => {
      if (state === 'roaming' && !session.isOpen) this.#complain('roaming while not open')
      // R6: from the trial on until the verdict the state is `roaming`; S11: it stands until it is known that a stop is accepted.
      if (state !== 'roaming' && state !== 'closing') this.#trial = null
    })
  }

  /** An offer: to be called by whoever listens to them, which is what makes the session consulted. */
  offered(identifier: string, isSeamless: boolean): void {
    const { state, trial } = this.#session
    if (!this.#isOpen) this.#complain(`offered ${identifier} while not open`)
    // R10: one offer at a time.
    if (this.#offer !== null) this.#complain(`offered ${identifier} while ${this.#offer} was offered`)
    if (trial !== null) this.#complain(`offered ${identifier} during a trial`)
    // R3, R11: connected with a better child, or roaming after a loss, which is never seamless.
    if (state !== 'connected' && state !== 'roaming') this.#complain(`offered ${identifier} in ${state}`)
    if (state === 'roaming' && isSeamless) this.#complain('a seamless offer after a loss')
    this.#trial = null
    // It may have been answered before it was told: it can be read from the first event of its cause on.
    if (this.#session.offer === this.#early) this.#answered = identifier
    else this.#offer = identifier
    this.#isDeaf = false
  }

  /** Offers are not listened to any more. */
  deaf(): void {
    this.#isDeaf = true
  }

  /** The application says something (R14): what was offered is taken or dropped, if it still stands by then. */
  says(call: 'migrate' | 'accept' | 'reject' | 'ignore'): void {
    if (call !== 'migrate' && call !== 'ignore') return
    this.#answered = this.#session.offer?.configuration.identifier ?? this.#offer ?? this.#answered
    this.#early = this.#session.offer
    this.#offer = null
  }

  /** What can be read at any time fits what was told. */
  check(): void {
    const { offer, trial, isOpen, activeConfiguration } = this.#session
    if (isOpen !== this.#isOpen) this.#complain(`reads open ${isOpen}, told ${this.#isOpen}`)
    if (offer !== null && !this.#isOffered(offer.configuration.identifier))
      this.#complain(`reads an offer of ${offer.configuration.identifier}, which was not told`)
    if (trial !== null && trial.configuration.identifier !== this.#trial)
      this.#complain(`reads a trial of ${trial.configuration.identifier}, told ${this.#trial}`)
    if (activeConfiguration !== this.#active)
      this.#complain(`reads ${activeConfiguration} as active, told ${this.#active}`)
  }

  #isOffered(identifier: string): boolean {
    return this.#isDeaf || this.#offer === identifier || this.#answered === identifier
  }

  #forgetOffer(): void {
    this.#offer = null
    this.#answered = null
  }

  #complain(what: string): void {
    this.wrong.push(what)
  }
}
