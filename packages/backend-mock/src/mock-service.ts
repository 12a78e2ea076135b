import { deferred } from '@roamkit/core/backend-kit'
import { type Activate, BackendError, type Clock } from '@roamkit/core/contract'
import type { MockConfiguration } from './mock-configuration.js'
import type { MockLink } from './mock-link.js'
import type { MockMachine } from './mock-machine.js'

/** A command that reached the service. Excludes commands refused because the service was lost or the backend closed. */
export interface MockCall {
  /** Which command. */
  readonly command: 'activate' | 'deactivate' | 'scan' | 'recheck' | 'save' | 'forget'
  /** The configuration; `null` for a scan. */
  readonly id: string | null
  /** For a deactivation: the activation to take down. */
  readonly activation?: string
}

/** How long the service takes, in milliseconds. */
export interface Durations {
  readonly activationTime: number
  readonly deactivationTime: number
}

/** Answers the commands of the scripted machine. A command that it has accepted continues even if its caller stops waiting. */
export class MockService {
  /** All commands, in order. */
  readonly calls: MockCall[] = []
  /** The configurations that the next scan finds. */
  readonly findable: MockConfiguration[] = []
  /** The error of the next scan. */
  scanFault: BackendError | null = null
  readonly #machine: MockMachine
  readonly #durations: Durations
  /** Requests whose answer is withheld, by configuration. */
  readonly #unanswered = new Map<string, (() => void)[]>()

  constructor(machine: MockMachine, durations: Durations) {
    this.#machine = machine
    this.#durations = durations
  }

  /** Resolves to the activation when the request is accepted. */
  async activate(id: string, secret: Activate['secret'], clock: Clock): Promise<string> {
    this.calls.push({ command: 'activate', id })
    const { faults } = this.#link(id)
    if (faults.answerStalls) {
      faults.answerStalls = false
      const { promise, resolve } = deferred()
      this.#unanswered.set(id, [...(this.#unanswered.get(id) ?? []), resolve])
      await promise
    }
    return this.#accept(id, secret, clock)
  }

  /** Resolves when the request is accepted. */
  async deactivate(id: string, activation: string, clock: Clock): Promise<void> {
    this.calls.push({ command: 'deactivate', id, activation })
    const link = this.#link(id)
    const { configuration, faults } = link
    if (configuration.activation !== activation || configuration.link === 'deactivating') return
    if (configuration.deactivate === 'no') throw notSupported(link, 'cannot be taken down')
    const { deactivation, deactivationStalls } = faults
    faults.deactivation = null
    if (deactivation !== null) throw deactivation
    faults.deactivationStalls = false
    link.beginDeactivation()
    if (!deactivationStalls) {
      link.later(clock, this.#durations.deactivationTime, () => {
        link.end('requested')
        this.#machine.commit()
      })
    }
    this.#machine.commit()
  }

  /** Adds the configurations in `findable`. */
  async scan(): Promise<void> {
    this.calls.push({ command: 'scan', id: null })
    if (this.#machine.fixedFacts.scan === 'no')
      throw new BackendError('ERR_NOT_SUPPORTED', 'mock: cannot scan')
    const fault = this.scanFault
    this.scanFault = null
    if (fault !== null) throw fault
    for (const configuration of this.findable.splice(0)) {
      if (this.#machine.find(configuration.id) === undefined) this.#machine.add(configuration)
    }
    this.#machine.commit()
  }

  /** Changes nothing: the script sets the connectivity. */
  async recheck(id: string): Promise<void> {
    this.calls.push({ command: 'recheck', id })
    const link = this.#link(id)
    if (this.#machine.fixedFacts.recheck === 'no') throw notSupported(link, 'cannot be rechecked')
  }

  /** Stores what is not saved, with the secret that it is up with. */
  async save(id: string): Promise<void> {
    this.calls.push({ command: 'save', id })
    const link = this.#link(id)
    if (link.configuration.saved) return
    this.#guardStoring(link, 'save')
    if (link.configuration.link === 'up') link.secret.isStored = true
    link.set({ saved: true })
    this.#machine.commit()
  }

  /** Deletes what is stored. A Wi-Fi network in range stays listed, and everything else goes. */
  async forget(id: string): Promise<void> {
    this.calls.push({ command: 'forget', id })
    const link = this.#link(id)
    if (!link.configuration.saved) return
    this.#guardStoring(link, 'forget')
    link.end('requested')
    link.secret.isStored = false
    const { bearer, inRange } = link.configuration
    if (bearer === 'wlan' && inRange !== false) link.set({ saved: false })
    else this.#machine.remove(link)
    this.#machine.commit()
  }

  /** Answers the withheld requests. */
  answer(id: string): void {
    const waiting = this.#unanswered.get(id) ?? []
    this.#unanswered.delete(id)
    for (const answer of waiting) answer()
  }

  /** Drops the withheld requests without an answer. */
  dropUnanswered(): void {
    this.#unanswered.clear()
  }

  #accept(id: string, secret: Activate['secret'], clock: Clock): string {
    const link = this.#link(id)
    const { configuration, faults } = link
    const { activate, activation, inRange, name } = configuration
    if (activate === 'no') throw notSupported(link, 'cannot be brought up')
    if (activation !== null && configuration.link !== 'deactivating') return activation
    if (inRange === false && activate !== 'yes') {
      throw new BackendError('ERR_ACTIVATION_FAILED', `mock: ${JSON.stringify(name)} is out of range`)
    }
    const { activation: fault, activationStalls } = faults
    faults.activation = null
    if (fault !== null && typeof fault !== 'string') throw fault
    faults.activationStalls = false
    const accepted = this.#machine.beginActivation(link)
    if (!activationStalls) {
      const finish = () => {
        if (fault === null) link.complete()
        else link.end(fault)
      }
      if (link.secret.missing.length === 0) this.#later(link, clock, finish)
      else void this.#ask(link, secret, clock, finish)
    }
    this.#machine.commit()
    return accepted
  }

  /** Asks for the secret until it is the right one. It takes `activationTime` to find that out. */
  async #ask(
    link: MockLink,
    secret: Activate['secret'],
    clock: Clock,
    finish: () => void,
    attempt = 1,
  ): Promise<void> {
    const over = new AbortController()
    link.whenOver(() => over.abort())
    const question = { id: link.configuration.id, fields: link.secret.missing, attempt }
    const given = await secret?.(question, over).catch(() => null)
    if (over.signal.aborted) return
    if (given == null) {
      link.end(attempt === 1 ? 'secretMissing' : 'secretWrong')
      return this.#machine.commit()
    }
    this.#later(link, clock, () => {
      link.secret.isStored = link.secret.accepts(given)
      if (link.secret.isStored) finish()
      else void this.#ask(link, secret, clock, finish, attempt + 1)
    })
  }

  #later(link: MockLink, clock: Clock, run: () => void): void {
    link.later(clock, this.#durations.activationTime, () => {
      run()
      this.#machine.commit()
    })
  }

  /** Refuses to store or to forget. */
  #guardStoring(link: MockLink, does: 'save' | 'forget'): void {
    const { storing } = link.faults
    link.faults.storing = null
    if (link.configuration[does] === 'no')
      throw notSupported(link, does === 'save' ? 'cannot be saved' : 'cannot be forgotten')
    if (storing !== null) throw storing
  }

  #link(id: string): MockLink {
    const link = this.#machine.find(id)
    if (link !== undefined) return link
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `mock: no configuration ${JSON.stringify(id)}`)
  }
}

function notSupported(link: MockLink, what: string): BackendError {
  return new BackendError('ERR_NOT_SUPPORTED', `mock: ${JSON.stringify(link.configuration.name)} ${what}`)
}
