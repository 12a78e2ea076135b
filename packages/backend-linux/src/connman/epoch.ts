import { deferred, orAborted, pause, waitAtMost } from '@roamkit/core/backend-kit'
import type { BackendHost, Clock, World } from '@roamkit/core/contract'
import { BusError, type BusSignal, type BusWait } from '../bus/bus-port.js'
import { section, text } from '../bus/property.js'
import { readFlag, readIndex } from '../kernel-files.js'
import { powerOf } from '../power.js'
import type { EpochStart, ServiceEpoch } from '../service.js'
import { isMissingObject } from '../service-errors.js'
import { Agent } from './agent.js'
import { isStored } from './configuration.js'
import type { EndReason } from './end-reason.js'
import type { Links } from './links.js'
import type { Memory } from './memory.js'
import { Mirror } from './mirror.js'
import { MANAGER, MANAGER_PATH, SERVICE, SERVICE_ROOT } from './names.js'
import { hasAddress, isWired, isWiredType } from './service-facts.js'
import { Translator } from './translator.js'

const FIRST_RETRY = 10
const LAST_RETRY = 1000

/** How long ConnMan may take after a restart to bring up again the links that were up, in milliseconds. */
const COMEBACK_TIMEOUT = 4000

/** What is the same for all lives of ConnMan. */
export interface Lasting {
  readonly host: BackendHost
  /** How long a call may take, in milliseconds. */
  readonly callTimeout: number
  readonly sys: string
  readonly statistics: boolean
  readonly visibleNetworks: boolean
  readonly memory: Memory
}

/** What is known of one life of ConnMan, from the moment it gets its name on the bus until it loses it. */
export class Epoch implements ServiceEpoch {
  readonly mirror = new Mirror()
  readonly agent: Agent
  readonly #start: EpochStart & Lasting
  readonly #translator: Translator
  readonly #over = new AbortController()
  /** Signals that came before ConnMan's answers, which may or may not contain their effect; `null` once the answers are there. */
  #early: BusSignal[] | null = []
  readonly #watchers = new Set<() => void>()
  readonly #indexes = new Map<string, number | null>()

  /** @param start nothing is asked before {@link load} */
  constructor(start: EpochStart & Lasting) {
    this.#start = start
    this.#translator = new Translator(this.mirror, {
      memory: start.memory,
      statistics: start.statistics,
      visibleNetworks: start.visibleNetworks,
      // ConnMan itself tells nothing of sleep.
      power: () => powerOf({ isPreparingForSleep: start.isPreparingForSleep() }),
      index: (id) => this.#indexes.get(id) ?? null,
    })
    this.agent = new Agent({
      owner: start.owner,
      serve: (object) => start.bus.serve(object),
      call: (path, name, member, args) => this.call(path, name, member, args),
      onQuestion: (id) => {
        this.links.begin(id)
        this.#notice()
      },
      log: (event, detail) => {
        if (!this.over.aborted) start.host.log(event, detail)
      },
      over: this.over,
    })
  }

  get links(): Links {
    return this.#start.memory.links
  }

  get clock(): Clock {
    return this.#start.host.clock
  }

  /** Aborts when ConnMan leaves, the bus breaks or the backend is closed. The reason says which. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** The world now; the same object while nothing changes. */
  world(): World {
    return this.#translator.world()
  }

  /** The next world says whether the machine sleeps, which was just announced. */
  touchPower(): void {
    this.#translator.touch()
  }

  /**
   * Calls this ConnMan.
   *
   * @param wait by default limited by `callTimeout` and by the end of the epoch
   */
  call(
    path: string,
    name: string,
    member: string,
    args: { readonly signature: string; readonly body: readonly unknown[] } | null,
    wait: BusWait = { signal: this.over, deadline: this.#start.callTimeout },
  ): Promise<readonly unknown[]> {
    const { bus, owner } = this.#start
    return bus.call({ destination: owner, path, interface: name, member, ...(args ?? {}) }, wait)
  }

  /** Reads everything. Rejects if the epoch ends first, or if ConnMan does not answer within `callTimeout`. */
  async load(): Promise<void> {
    const services = await this.#readServices()
    const [technologies] = await this.call(MANAGER_PATH, MANAGER, 'GetTechnologies', null)
    this.over.throwIfAborted()
    this.mirror.fill(services, technologies)
    const { bus, owner } = this.#start
    this.links.enter(`${bus.id} ${owner}`)
    const early = this.#early ?? []
    this.#early = null
    for (const id of new Set([...this.mirror.order, ...this.links.ids()])) this.#observe(id)
    for (const signal of early) this.receive(signal)
    await this.#untilLinksAreBack()
    this.over.throwIfAborted()
    this.links.account()
    this.#translator.touch()
  }

  /** Takes one signal of this ConnMan. */
  receive(signal: BusSignal): void {
    if (this.over.aborted) return
    if (this.#early) {
      this.#early.push(signal)
      return
    }
    // What vanishes may stay listed as it was last.
    if (this.mirror.mayRemove(signal)) this.world()
    const touched = this.mirror.apply(signal)
    if (touched === null) return
    for (const id of touched) this.#observe(id)
    this.#explainRadio(this.mirror.switchedOff(signal.path))
    this.#notice()
  }

  /** Calls back after every change; returns the undo. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Resolves when the condition holds. Rejects with the signal's reason; by default, that is the end of the epoch. */
  async until(condition: () => boolean, signal: AbortSignal = this.over): Promise<void> {
    const held = deferred()
    const look = () => {
      if (condition()) held.resolve()
    }
    const unwatch = this.watch(look)
    look()
    await orAborted(held.promise, signal).finally(unwatch)
  }

  /**
   * This program opens a service: it stays listed, and what ConnMan stores of it goes with its link. Returns the undo of the latter, for when another
   * program has connected to it.
   */
  open(id: string): () => void {
    const { opened, borrowed } = this.#start.memory
    const service = this.mirror.service(id)
    opened.add(id)
    if (service === undefined || isStored(service) || borrowed.has(id)) return () => undefined
    borrowed.add(id)
    return () => borrowed.delete(id)
  }

  /** The request to connect has its answer. */
  settle(id: string, reason: EndReason): void {
    // Without ConnMan, the end of its life has ended everything.
    if (this.over.aborted) return
    this.links.settle(id, reason)
    this.#giveBack(id)
    this.#notice()
  }

  /** ConnMan has disconnected, so the activation is over even if the request to connect has no answer yet. */
  endIfDown(id: string): void {
    if (this.over.aborted) return
    this.links.endIfDown(id, { reason: 'requested', native: null })
    this.#giveBack(id)
    this.#notice()
  }

  /** Keeps what ConnMan has stored of a service that this program opened. Returns whether there is anything to keep. */
  keepStored(id: string): boolean {
    const service = this.mirror.service(id)
    if (service === undefined || !isStored(service) || !this.#start.memory.borrowed.delete(id)) return false
    this.#notice()
    return true
  }

  /** Ends all waiting. What is known stays readable. */
  end(reason: unknown): void {
    const { bus, owner } = this.#start
    this.#over.abort(reason)
    if (bus.owner !== owner) this.links.leaveLife()
  }

  /** Something changed. */
  #notice(): void {
    if (this.over.aborted) return
    const wasTouched = this.#translator.isTouched
    this.#translator.touch()
    // One poke is enough until the host reads the world.
    if (!wasTouched) this.#start.host.changed()
    for (const watcher of [...this.#watchers]) watcher()
  }

  #observe(id: string): void {
    const service = this.mirror.service(id)
    // It was forgotten, so it need not stay listed when it is out of range.
    if (service !== undefined && !isStored(service)) this.#start.memory.remembered.delete(id)
    const before = this.links.phase(id)
    this.links.observe(id, {
      state: text(service, 'State'),
      error: text(service, 'Error'),
      hasAddress: service !== undefined && hasAddress(service),
      why: () => this.#whyDown(id),
    })
    this.#lookUp(id, { isOtherPhase: this.links.phase(id) !== before })
    this.#giveBack(id)
  }

  /**
   * A snapshot does no I/O, so the index is read when the interface is first seen, and again as its link comes up: that of a VPN or a modem is made for
   * each connection.
   */
  #lookUp(id: string, { isOtherPhase }: { readonly isOtherPhase: boolean }): void {
    const service = this.mirror.service(id)
    const device = text(section(service, 'Ethernet'), 'Interface')
    if (service === undefined) this.#indexes.delete(id)
    else if (device !== '' && (isOtherPhase || !this.#indexes.has(id)))
      this.#indexes.set(id, readIndex(this.#start.sys, device))
  }

  /** ConnMan does not say why a link that was up went down. */
  #whyDown(id: string): EndReason {
    const service = this.mirror.service(id)
    const reason = (why: EndReason['reason']): EndReason => ({ reason: why, native: null })
    if (service === undefined) return reason('outOfRange')
    const device = text(section(service, 'Ethernet'), 'Interface')
    if (this.mirror.order.some((other) => other !== id && this.#isComingUpOn(other, device)))
      return reason('deviceTaken')
    if (!isWired(service)) return reason('other')
    const carrier = readFlag(this.#start.sys, device, 'carrier')
    // The carrier of an interface that is gone, or that was taken down, cannot be read.
    if (carrier === null) return reason('deviceGone')
    return reason(carrier ? 'requested' : 'carrierLost')
  }

  #isComingUpOn(id: string, device: string): boolean {
    const isSameDevice =
      device !== '' && text(section(this.mirror.service(id), 'Ethernet'), 'Interface') === device
    // ConnMan takes the other link down first, in the same request.
    return isSameDevice && (this.links.phase(id) === 'activating' || this.links.isRequested(id))
  }

  #explainRadio(type: string | null): void {
    if (type === null || isWiredType(type)) return
    const { remembered } = this.#start.memory
    const ids = new Set([...this.mirror.order, ...remembered.keys()])
    const prefix = `${type}_`
    this.links.explain(
      [...ids].filter((id) => id.startsWith(prefix)),
      { reason: 'radioOff', native: null },
    )
  }

  /** Lets ConnMan forget a network that this program opened and did not save, when its link is down (rule N2). */
  #giveBack(id: string): void {
    const { borrowed } = this.#start.memory
    const isOver = this.links.phase(id) === 'down' && this.links.ended(id) !== null
    if (!isOver || !borrowed.has(id) || this.mirror.service(id) === undefined) return
    borrowed.delete(id)
    this.call(SERVICE_ROOT + id, SERVICE, 'Remove', null).catch((error: unknown) => {
      if (!this.over.aborted) this.#start.host.log('ConnMan does not forget a network', { id, error })
    })
  }

  /** Asks for all services until ConnMan has its objects: it takes its name a moment earlier. */
  async #readServices(): Promise<unknown> {
    const { host, callTimeout } = this.#start
    const end = host.clock.now() + callTimeout
    for (let retry = FIRST_RETRY; ; retry = Math.min(retry * 2, LAST_RETRY)) {
      try {
        return (await this.call(MANAGER_PATH, MANAGER, 'GetServices', null))[0]
      } catch (error) {
        if (!isMissingObject(error)) throw error
        const left = end - host.clock.now()
        if (left <= 0)
          throw new BusError('ERR_BUS_TIMED_OUT', `ConnMan had no Manager within ${callTimeout} ms`, {
            cause: error,
          })
        await pause(host.clock, Math.min(retry, left), this.over)
      }
    }
  }

  /**
   * A ConnMan that was killed has left its links as they were. The next one brings them up again, which takes a moment that sessions need not see
   * (rule S14).
   */
  async #untilLinksAreBack(): Promise<void> {
    const wereUp = this.#start.previous?.configurations.filter(({ link }) => link === 'up') ?? []
    const areUp = () => wereUp.every(({ id }) => this.links.phase(id) === 'up')
    await waitAtMost(this.clock, COMEBACK_TIMEOUT, this.over, ({ signal }) => this.until(areUp, signal))
  }
}
