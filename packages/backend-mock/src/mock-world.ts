import type { BackendError, LinkConfiguration, Reason, Traffic, World } from '@roamkit/core/contract'
import type { MockConfiguration } from './mock-configuration.js'
import {
  checkAmount,
  checkConfiguration,
  checkError,
  checkFacts,
  checkFailure,
  checkNames,
  checkOneOf,
  checkReason,
  checkSecret,
} from './mock-input.js'
import type { MockLink } from './mock-link.js'
import type { MockMachine } from './mock-machine.js'
import type { MockCall, MockService } from './mock-service.js'
import { freezeCopy } from './plain-data.js'

/** The facts that `set` can change. Other controls bring a link up and down. */
export type MockFacts = Partial<Omit<LinkConfiguration, 'id' | 'link' | 'activation' | 'ended'>>

/**
 * The controls of a scripted machine. Each is synchronous: it applies the change with all its consequences, then notifies every backend
 * once if the snapshot has changed. A control throws and changes nothing for an unknown configuration, or for a member or value that the
 * contract does not have; the error names it and the valid ones. A fault happens once, to the next command that it applies to.
 */
export class MockWorld {
  readonly #machine: MockMachine
  readonly #service: MockService

  private constructor(machine: MockMachine, service: MockService) {
    this.#machine = machine
    this.#service = service
  }

  /** @internal Called by `mock()`. */
  static create(machine: MockMachine, service: MockService): MockWorld {
    return new MockWorld(machine, service)
  }

  /** All commands that reached the service, in order. */
  get calls(): readonly MockCall[] {
    return this.#service.calls
  }

  /** The number of open backends: 0 if all are disposed. */
  get open(): number {
    return this.#machine.members.size
  }

  /** The current snapshot of every backend. */
  snapshot(): World {
    return this.#machine.snapshot()
  }

  /** Adds a configuration. If its `link` is not `down`, it starts with an activation by the system. */
  add(configuration: MockConfiguration): void {
    this.#machine.add(configuration)
    this.#machine.commit()
  }

  /** Removes a configuration, whatever the state of its link. */
  remove(id: string): void {
    this.#control(id, (link) => this.#machine.remove(link))
  }

  /** Changes facts. `interface`, `connectivity`, `portal` and `carrier` are shown while the link is up, now or later. */
  set(id: string, facts: MockFacts): void {
    checkFacts(facts, JSON.stringify(id))
    for (const key of ['id', 'link', 'activation', 'ended']) {
      if (key in facts) throw new Error(`mock: ${key} of ${JSON.stringify(id)} cannot be set`)
    }
    this.#control(id, (link) => {
      if (facts.device !== undefined) this.#machine.expectFree(link, facts.device)
      link.set(facts)
    })
  }

  /** Brings the link up, as the system would, or completes the activation in progress. Does nothing if the link is up. */
  up(id: string): void {
    this.#control(id, (link) => {
      const { link: phase } = link.configuration
      if (phase === 'up') return
      if (phase !== 'activating') this.#machine.beginActivation(link)
      link.complete()
    })
  }

  /** Takes the link down from any state. Does nothing if it is down. */
  down(id: string, reason: Reason = 'requested'): void {
    checkReason(reason)
    this.#control(id, (link) => link.end(reason))
  }

  /** Starts an activation, as the system would. It replaces the current one and stays in progress until `up`, `fail` or `down`. */
  activating(id: string): void {
    this.#control(id, (link) => this.#machine.beginActivation(link))
  }

  /** Starts to take the link down, as the system would. The link stays `deactivating` until `down`. */
  deactivating(id: string): void {
    this.#control(id, (link) => {
      if (link.configuration.activation === null) throw new Error(`mock: ${JSON.stringify(id)} is down`)
      link.beginDeactivation()
    })
  }

  /** Lets the activation in progress fail. */
  fail(id: string, reason: Reason): void {
    checkReason(reason)
    this.#control(id, (link) => {
      expectPhase(link, 'activating')
      link.end(reason)
    })
  }

  /** Sets whether the link has a carrier. The link stays up. */
  carrier(id: string, carrier: boolean): void {
    checkOneOf(carrier, [true, false], 'carrier')
    this.#control(id, (link) => {
      expectPhase(link, 'up')
      link.setCarrier(carrier)
    })
  }

  /**
   * Sets whether the link is in range; `null` means not known. A link that goes out of range goes down. Out of range, `activate` is
   * `unknown` instead of `yes`, unless it is a hidden network (rule S4): one whose `wifi.hidden` is true, or that was scripted as
   * `{ inRange: false, activate: 'yes' }`.
   */
  setInRange(id: string, inRange: boolean | null): void {
    checkOneOf(inRange, [true, false, null], 'inRange')
    this.#control(id, (link) => {
      if (inRange === false) link.interrupt('outOfRange')
      link.set({ inRange })
    })
  }

  /** Takes the link down and up between two snapshots: only a new activation shows it. */
  flap(id: string): void {
    this.#control(id, (link) => {
      expectPhase(link, 'up')
      link.end('carrierLost')
      this.#machine.beginActivation(link)
      link.complete()
    })
  }

  /** Lets the next activation fail: with a reason after `activationTime`, or, given an error, without being accepted. */
  failNext(id: string, failure: Reason | BackendError): void {
    checkFailure(failure)
    this.#link(id).faults.activation = failure
  }

  /** Lets the next activation be accepted and then stay in progress until `up`, `fail` or `down`. */
  stall(id: string): void {
    this.#link(id).faults.activationStalls = true
  }

  /**
   * Withholds the answer to the next `activate` until `release`. Nothing happens in the meantime. The service keeps the request even if its
   * caller stops waiting, and carries it out when it is released.
   */
  stallAccept(id: string): void {
    this.#link(id).faults.answerStalls = true
  }

  /** Carries out the requests that `stallAccept` withholds, in the promise jobs of this turn. */
  release(id: string): void {
    this.#link(id).faults.answerStalls = false
    this.#service.answer(id)
  }

  /** Lets the next `deactivate` be refused. */
  refuseDeactivate(id: string, error: BackendError): void {
    checkError(error)
    this.#link(id).faults.deactivation = error
  }

  /** Gives the network another secret, so that what the system has stored is of no use: the next activation asks. */
  changeSecret(id: string, secret: Readonly<Record<string, string>>): void {
    checkSecret(secret, JSON.stringify(id))
    this.#link(id).secret.change(secret)
  }

  /** Lets the next `save` or `forget` be refused. */
  refuseStoring(id: string, error: BackendError): void {
    checkError(error)
    this.#link(id).faults.storing = error
  }

  /** Lets the next `deactivate` be accepted and the link then stay `deactivating` until `down`. */
  stallDeactivate(id: string): void {
    this.#link(id).faults.deactivationStalls = true
  }

  /**
   * Loses the service. Commands fail, including pending ones, and activations in progress end with `serviceLost`. The snapshot keeps the last
   * known state of the links until `restoreService`.
   */
  loseService(): void {
    this.#machine.lose()
    this.#service.dropUnanswered()
    this.#machine.commit()
  }

  /** Restores the service, which then shows the current state of the links. */
  restoreService(): void {
    this.#machine.restore()
    this.#machine.commit()
  }

  /** Sets the byte counters of a link. They are not part of the snapshot, so no backend is notified. */
  traffic(id: string, traffic: Traffic): void {
    checkNames(traffic, ['received', 'written'], 'traffic')
    checkAmount(traffic.received, 'received')
    checkAmount(traffic.written, 'written')
    this.#link(id).traffic = freezeCopy(traffic)
  }

  /** Sets the owner of the default route. It does not change with the links. */
  setDefault(id: string | null): void {
    if (id !== null) this.#link(id)
    this.#machine.setDefault(id)
    this.#machine.commit()
  }

  /**
   * Puts the machine to sleep, or wakes it up (rule L4). Changes no link and no clock, and is shown even while the service is lost.
   */
  setPower(power: 'awake' | 'asleep'): void {
    checkOneOf(power, ['awake', 'asleep'], 'power')
    this.#machine.setPower(power)
    this.#machine.commit()
  }

  /** Lets the next scan fail. */
  failScan(error: BackendError): void {
    checkError(error)
    this.#service.scanFault = error
  }

  /** Lets the next successful scan find this configuration, unless it exists by then. */
  appearOnScan(configuration: MockConfiguration): void {
    checkConfiguration(configuration)
    this.#service.findable.push(configuration)
  }

  /** The identifiers that a test may have meant. */
  #known(): string {
    const ids = this.#machine.ids.map((id) => JSON.stringify(id))
    if (ids.length === 0) return 'there are none'
    return `there are ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ' and more' : ''}`
  }

  #control(id: string, change: (link: MockLink) => void): void {
    change(this.#link(id))
    this.#machine.commit()
  }

  #link(id: string): MockLink {
    const link = this.#machine.find(id)
    if (link === undefined) throw new Error(`mock: no configuration ${JSON.stringify(id)}; ${this.#known()}`)
    return link
  }
}

function expectPhase(link: MockLink, phase: LinkConfiguration['link']): void {
  const { id, link: present } = link.configuration
  if (present !== phase) throw new Error(`mock: ${JSON.stringify(id)} is ${present}, not ${phase}`)
}
