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
} from './mock-input.js'
import type { MockLink } from './mock-link.js'
import type { MockMachine } from './mock-machine.js'
import type { MockCall, MockService } from './mock-service.js'
import { freezeCopy } from './plain-data.js'

/** What can be set directly. How a link comes and goes has controls of its own. */
export type MockFacts = Partial<Omit<LinkConfiguration, 'id' | 'link' | 'activation' | 'ended'>>

/**
 * The controls of a scripted machine. Each one is synchronous, applies everything that follows from it and then tells every
 * backend once, where the snapshot is another one. A control that makes no sense throws and changes nothing: an unknown
 * configuration, a member or a value that the contract does not know. The error names it, and what is known. Faults happen once, to the next command that they fit.
 */
export class MockWorld {
  readonly #machine: MockMachine
  readonly #service: MockService

  /** @internal Made by `mock()`. */
  constructor(machine: MockMachine, service: MockService) {
    this.#machine = machine
    this.#service = service
  }

  /** Every command that reached the service, in order. */
  get calls(): readonly MockCall[] {
    return this.#service.calls
  }

  /** How many backends are live: 0 where nothing leaks. */
  get open(): number {
    return this.#machine.members.size
  }

  /** What every backend shows now. */
  snapshot(): World {
    return this.#machine.snapshot()
  }

  /** Adds a configuration; one whose `link` is not `down` starts with an activation of the system's. */
  add(configuration: MockConfiguration): void {
    this.#machine.add(configuration)
    this.#machine.commit()
  }

  /** Removes a configuration, whatever its link is doing. */
  remove(id: string): void {
    this.#control(id, (link) => this.#machine.remove(link))
  }

  /** Changes facts. `interface`, `connectivity`, `portal` and `carrier` show while the link is up, now or later. */
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

  /** The system brings the link up, or what is under way works out. Nothing happens if it is up. */
  up(id: string): void {
    this.#control(id, (link) => {
      const { link: phase } = link.configuration
      if (phase === 'up') return
      if (phase !== 'activating') this.#machine.beginActivation(link)
      link.complete()
    })
  }

  /** The link goes down, whatever it is doing. Nothing happens if it is down. */
  down(id: string, reason: Reason = 'requested'): void {
    checkReason(reason)
    this.#control(id, (link) => link.end(reason))
  }

  /** The system starts an activation, to which what the link was doing gives way and which stays under way until `up`, `fail` or `down`. */
  activating(id: string): void {
    this.#control(id, (link) => this.#machine.beginActivation(link))
  }

  /** The system starts to take the link down, which stays under way until `down`. */
  deactivating(id: string): void {
    this.#control(id, (link) => {
      if (link.configuration.activation === null) throw new Error(`mock: ${JSON.stringify(id)} is down`)
      link.beginDeactivation()
    })
  }

  /** The activation under way fails. */
  fail(id: string, reason: Reason): void {
    checkReason(reason)
    this.#control(id, (link) => {
      expectPhase(link, 'activating')
      link.end(reason)
    })
  }

  /** The cable is pulled or put back, or the radio fades, while the link stays up. */
  carrier(id: string, carrier: boolean): void {
    checkOneOf(carrier, [true, false], 'carrier')
    this.#control(id, (link) => {
      expectPhase(link, 'up')
      link.setCarrier(carrier)
    })
  }

  /**
   * Into reach, out of reach (which ends what the link is doing), or nobody knows. What is out of reach no longer says `yes` to
   * `activate` but `unknown`, unless it is a hidden network (rule S4): its `wifi.hidden` is true, or it was scripted as
   * `{ inReach: false, activate: 'yes' }`.
   */
  reach(id: string, inReach: boolean | null): void {
    checkOneOf(inReach, [true, false, null], 'inReach')
    this.#control(id, (link) => {
      if (inReach === false) link.interrupt('outOfReach')
      link.set({ inReach })
    })
  }

  /** The link goes down and comes up between two snapshots: only a fresh activation shows. */
  flap(id: string): void {
    this.#control(id, (link) => {
      expectPhase(link, 'up')
      link.end('carrierLost')
      this.#machine.beginActivation(link)
      link.complete()
    })
  }

  /** The next activation ends with that reason after `activationTime`, or is not accepted at all: an error. */
  failNext(id: string, failure: Reason | BackendError): void {
    checkFailure(failure)
    this.#link(id).faults.activation = failure
  }

  /** The next activation is accepted and then gets nowhere, until `up`, `fail` or `down`. */
  stall(id: string): void {
    this.#link(id).faults.activationStalls = true
  }

  /**
   * The next `activate` gets no answer, and nothing happens, until `release`. The request stays with the service, even when
   * its caller stops waiting: released, it is carried out all the same.
   */
  stallAccept(id: string): void {
    this.#link(id).faults.answerStalls = true
  }

  /** The service takes up the requests that wait by `stallAccept`, in this turn's promise jobs. */
  release(id: string): void {
    this.#link(id).faults.answerStalls = false
    this.#service.answer(id)
  }

  /** The next `deactivate` is refused. */
  refuseDeactivate(id: string, error: BackendError): void {
    checkError(error)
    this.#link(id).faults.deactivation = error
  }

  /** The next `deactivate` is accepted and then gets nowhere, until `down`. */
  stallDeactivate(id: string): void {
    this.#link(id).faults.deactivationStalls = true
  }

  /**
   * The service goes away: commands fail, those that wait too; activations under way end with `serviceLost`. The snapshot
   * keeps what was last known, whatever the links do, until `restoreService`.
   */
  loseService(): void {
    this.#machine.lose()
    this.#service.forget()
    this.#machine.commit()
  }

  /** The service is back and shows what became of the links. */
  restoreService(): void {
    this.#machine.restore()
    this.#machine.commit()
  }

  /** The bytes that went through the interface of that link; read afresh, so nobody is told. */
  traffic(id: string, traffic: Traffic): void {
    checkNames(traffic, ['received', 'written'], 'traffic')
    checkAmount(traffic.received, 'received')
    checkAmount(traffic.written, 'written')
    this.#link(id).traffic = freezeCopy(traffic)
  }

  /** Names the owner of the default route, as it is scripted: it does not follow the links. */
  setDefault(id: string | null): void {
    if (id !== null) this.#link(id)
    this.#machine.setDefault(id)
    this.#machine.commit()
  }

  /** The next scan fails. */
  failScan(error: BackendError): void {
    checkError(error)
    this.#service.scanFault = error
  }

  /** The next scan that works finds this, too; nothing new if it is there by then. */
  appearOnScan(configuration: MockConfiguration): void {
    checkConfiguration(configuration)
    this.#service.findable.push(configuration)
  }

  #control(id: string, change: (link: MockLink) => void): void {
    change(this.#link(id))
    this.#machine.commit()
  }

  #link(id: string): MockLink {
    const link = this.#machine.find(id)
    if (link === undefined) throw new Error(`mock: no configuration ${JSON.stringify(id)}`)
    return link
  }
}

function expectPhase(link: MockLink, phase: LinkConfiguration['link']): void {
  const { id, link: present } = link.configuration
  if (present !== phase) throw new Error(`mock: ${JSON.stringify(id)} is ${present}, not ${phase}`)
}
