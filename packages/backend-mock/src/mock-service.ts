import { deferred } from '@roamkit/core/backend-kit'
import { BackendError, type Clock } from '@roamkit/core/contract'
import type { MockConfiguration } from './mock-configuration.js'
import type { MockLink } from './mock-link.js'
import type { MockMachine } from './mock-machine.js'

/** A command that reached the service: not one that was refused because the service or the backend was gone. */
export interface MockCall {
  readonly command: 'activate' | 'deactivate' | 'scan' | 'recheck'
  /** `null` for a scan. */
  readonly id: string | null
  /** Of a deactivation: the activation to take down. */
  readonly activation?: string
}

/** How long the service takes, in milliseconds. */
export interface Pace {
  readonly activationTime: number
  readonly deactivationTime: number
}

/** How the scripted machine answers commands. What it has accepted goes on, whoever stops waiting for it. */
export class MockService {
  /** Every command, in order. */
  readonly calls: MockCall[] = []
  /** What the next scan finds. */
  readonly unseen: MockConfiguration[] = []
  /** What the next scan fails with. */
  scanFault: BackendError | null = null
  readonly #machine: MockMachine
  readonly #pace: Pace
  /** Requests without an answer as yet, by configuration. */
  readonly #unanswered = new Map<string, (() => void)[]>()

  constructor(machine: MockMachine, pace: Pace) {
    this.#machine = machine
    this.#pace = pace
  }

  /** Resolves to the activation once accepted. */
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

  /** Resolves once accepted. */
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
    link.wind()
    if (!deactivationStalls) {
      link.later(clock, this.#pace.deactivationTime, () => {
        link.end('requested')
        this.#machine.commit()
      })
    }
    this.#machine.commit()
  }

  /** Finds what is unseen. */
  async scan(): Promise<void> {
    this.calls.push({ command: 'scan', id: null })
    if (this.#machine.character.scan === 'no')
      throw new BackendError('ERR_NOT_SUPPORTED', 'mock: no scanning')
    const fault = this.scanFault
    this.scanFault = null
    if (fault !== null) throw fault
    for (const configuration of this.unseen.splice(0)) {
      if (this.#machine.find(configuration.id) === undefined) this.#machine.add(configuration)
    }
    this.#machine.commit()
  }

  /** Finds nothing new: connectivity is what the script says. */
  async recheck(id: string): Promise<void> {
    this.calls.push({ command: 'recheck', id })
    const link = this.#link(id)
    if (this.#machine.character.recheck === 'no') throw notSupported(link, 'cannot be rechecked')
  }

  /** Takes up the requests that wait for an answer. */
  answer(id: string): void {
    const waiting = this.#unanswered.get(id) ?? []
    this.#unanswered.delete(id)
    for (const answer of waiting) answer()
  }

  /** Forgets the requests that wait for an answer: nobody will take them up. */
  forget(): void {
    this.#unanswered.clear()
  }

  #accept(id: string, clock: Clock): string {
    const link = this.#link(id)
    const { configuration, faults } = link
    const { activate, activation, inReach, name } = configuration
    if (activate === 'no') throw notSupported(link, 'cannot be brought up')
    if (activation !== null && configuration.link !== 'deactivating') return activation
    if (inReach === false && activate !== 'yes') {
      throw new BackendError('ERR_ACTIVATION_FAILED', `mock: ${JSON.stringify(name)} is out of reach`)
    }
    const { activation: fault, activationStalls } = faults
    faults.activation = null
    if (fault !== null && typeof fault !== 'string') throw fault
    faults.activationStalls = false
    const accepted = this.#machine.begin(link)
    if (!activationStalls) {
      link.later(clock, this.#pace.activationTime, () => {
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
