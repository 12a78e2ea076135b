import { deferred } from '@roamkit/core/backend-kit'
import { BackendError, type Clock } from '@roamkit/core/contract'
import type { MockConfiguration } from './mock-configuration.js'
import type { MockLink } from './mock-link.js'
import type { MockMachine } from './mock-machine.js'

/** A command that reached the service. Excludes commands refused because the service was lost or the backend closed. */
export interface MockCall {
  /** Which command. */
  readonly command: 'activate' | 'deactivate' | 'scan' | 'recheck'
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
  async activate(id: string, clock: Clock): Promise<string> {
    this.calls.push({ command: 'activate', id })
    const { faults } = this.#link(id)
    if (faults.answerStalls) {
      faults.answerStalls = false
      const { promise, resolve } = deferred()
      this.#unanswered.set(id, [...(this.#unanswered.get(id) ?? []), resolve])
      await promise
    }
    return this.#accept(id, clock)
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

  /** Answers the withheld requests. */
  answer(id: string): void {
    const waiting = this.#unanswered.get(id) ?? []
    this.#unanswered.delete(id)
    for (const answer of waiting) answer()
  }

  /** Drops the withheld requests without an answer. */
  forget(): void {
    this.#unanswered.clear()
  }

  #accept(id: string, clock: Clock): string {
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
      link.later(clock, this.#durations.activationTime, () => {
        if (fault === null) link.complete()
        else link.end(fault)
        this.#machine.commit()
      })
    }
    this.#machine.commit()
    return accepted
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
