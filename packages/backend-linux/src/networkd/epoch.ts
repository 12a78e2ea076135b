import { orAborted } from '@roamkit/core/backend-kit'
import {
  BackendError,
  type BackendHost,
  type LinkConfiguration,
  type Permission,
  shareStructure,
  type World,
} from '@roamkit/core/contract'
import { BusError, type BusSignal, type BusWait, PROPERTIES } from '../bus/bus-port.js'
import { dictionary, type Properties, text } from '../bus/property.js'
import { readCarrierPeriods } from '../kernel-files.js'
import { powerOf } from '../power.js'
import type { EpochStart, ServiceEpoch } from '../service.js'
import type { Activations } from './activations.js'
import { readDescription } from './description.js'
import { LinkReads } from './link-reads.js'
import { Links } from './links.js'
import { asIndex, LINK, linkIndex, linkPath, MANAGER, MANAGER_PATH, TITLE } from './names.js'
import { readSettings } from './network-file.js'
import { followStateFiles } from './state-files.js'
import { carries } from './translate.js'

/**
 * How long a link that this backend brings up may be without a carrier, in milliseconds. A network adapter agrees on its speed in this time.
 * NetworkManager waits as long.
 */
const CARRIER_WAIT = 6000

/** What an {@link NetworkdEpoch} begins with. */
export interface NetworkdStart extends EpochStart {
  readonly host: BackendHost
  /** How long a call may take while everything is read, in milliseconds. */
  readonly callTimeout: number
  readonly sys: string
  /** Where networkd keeps the state of its links. */
  readonly stateFolder: string
  /** The network namespace of this process; `null` if it is unknown. */
  readonly namespace: string | null
  readonly statistics: boolean
  readonly directRouting: boolean
  readonly mayReconfigure: Permission
  /** Outlives epochs. */
  readonly activations: Activations
}

/**
 * What is known of one life of systemd-networkd. Signals and networkd's state files say which link has changed, and that link alone is read again:
 * no timer looks.
 */
export class NetworkdEpoch implements ServiceEpoch {
  readonly #start: NetworkdStart
  readonly #over = new AbortController()
  readonly #links: Links
  readonly #reads = new LinkReads((index) => this.#read(index))
  /** Ends the waits for a carrier, by index. */
  readonly #waits = new Map<number, () => void>()
  /** What networkd is asked to bring up, by index. */
  readonly #requests = new Map<number, Promise<string>>()
  #isLoaded = false
  /** networkd did not answer in time while everything was read. */
  #failure: BusError | null = null
  /** networkd's links are those of this process. */
  #isHere = true
  #unfollow: () => void = () => undefined
  #world: World | null
  #isStale = true

  /** @param start nothing is asked before {@link load} */
  constructor(start: NetworkdStart) {
    this.#start = start
    this.#links = new Links(start.activations, start.mayReconfigure)
    this.#world = start.previous
  }

  get over(): AbortSignal {
    return this.#over.signal
  }

  /**
   * Reads everything. Rejects if the epoch ends first, with `ERR_BUS_TIMED_OUT` if networkd does not answer within `callTimeout`, and with
   * `ERR_SERVICE_LOST` if it is too old.
   */
  async load(): Promise<void> {
    const { stateFolder, host, callTimeout } = this.#start
    const wait = { signal: this.over, deadline: callTimeout }
    await this.#checkNamespace(wait)
    const [listed] = await this.call(MANAGER_PATH, MANAGER, 'ListLinks', null, wait)
    const indexes = (Array.isArray(listed) ? listed : []).flatMap((entry) =>
      Array.isArray(entry) ? (asIndex(entry[0]) ?? []) : [],
    )
    this.over.throwIfAborted()
    if (this.#isHere)
      this.#unfollow = followStateFiles(
        stateFolder,
        (index) => void this.#reads.request(index),
        (event, detail) => host.log(event, detail),
      )
    await Promise.all(indexes.map((index) => this.#reads.request(index)))
    this.over.throwIfAborted()
    if (this.#failure !== null) throw this.#failure
    if (indexes.length > 0 && this.#links.size === 0)
      throw new BackendError(
        'ERR_SERVICE_LOST',
        `${TITLE} describes no link: it must be of systemd 252 or newer`,
      )
    this.#links.reviewAll()
    this.#isLoaded = true
    this.#isStale = true
  }

  world(): World {
    if (this.#isStale || this.#world === null) this.#world = shareStructure(this.#world, this.#build())
    this.#isStale = false
    return this.#world
  }

  receive({ path, interface: name, member, body }: BusSignal): void {
    const index = linkIndex(path)
    if (index === null || name !== PROPERTIES || member !== 'PropertiesChanged' || body[0] !== LINK) return
    this.#noteLoss(index, dictionary(body[1]))
    void this.#reads.request(index)
  }

  touchPower(): void {
    this.#isStale = true
  }

  end(reason: unknown): void {
    this.#over.abort(reason)
    this.#unfollow()
    for (const stop of this.#waits.values()) stop()
    this.#waits.clear()
    this.#start.activations.stopAwaiting()
  }

  /** The index of the link with that id; `null` if there is none. */
  find(id: string): number | null {
    return this.#links.find(id)
  }

  /** A link as it is known; `undefined` if it is gone. */
  configuration(index: number): LinkConfiguration | undefined {
    return this.#links.configuration(index)
  }

  /** Reads a link again, however long networkd takes to answer. Rejects if the epoch ends first. */
  reread(index: number): Promise<void> {
    return orAborted(this.#reads.request(index), this.over)
  }

  /** Makes a request for a link. While it is under way, all who ask get its answer. */
  request(index: number, run: () => Promise<string>): Promise<string> {
    const running = this.#requests.get(index)
    if (running) return running
    const request = run().finally(() => this.#requests.delete(index))
    this.#requests.set(index, request)
    return request
  }

  /** networkd has accepted a request to bring a link up. Returns the activation. */
  begin(index: number, name: string): string {
    const { activations, host } = this.#start
    const activation = activations.begin(name)
    if (activations.of(name).isAwaited) {
      this.#waits.get(index)?.()
      this.#waits.set(
        index,
        host.clock.after(CARRIER_WAIT, () => this.#giveUp(index, name)),
      )
    }
    this.#review(index)
    return activation
  }

  /**
   * Calls this networkd.
   *
   * @param wait by default as long as the epoch
   */
  call(
    path: string,
    name: string,
    member: string,
    args: { readonly signature: string; readonly body: readonly unknown[] } | null = null,
    wait: BusWait = { signal: this.over, deadline: null },
  ): Promise<readonly unknown[]> {
    const { bus, owner } = this.#start
    return bus.call({ destination: owner, path, interface: name, member, ...(args ?? {}) }, wait)
  }

  /** networkd says in which network it lives (systemd 249 and newer). Interfaces under /sys are those of this process. */
  async #checkNamespace(wait: BusWait): Promise<void> {
    const { namespace, host } = this.#start
    const args = { signature: 'ss', body: [MANAGER, 'NamespaceId'] }
    const [id] = await this.call(MANAGER_PATH, PROPERTIES, 'Get', args, wait).catch((error: unknown) => {
      if (error instanceof BusError && error.code === 'ERR_BUS_ANSWER') return [null]
      throw error
    })
    this.#isHere = typeof id !== 'number' || namespace === null || namespace === `net:[${id}]`
    if (!this.#isHere) host.log(`${TITLE} runs in another network namespace`, { namespace: id })
  }

  /** A read without an answer waits for it: a networkd that is stopped goes on some time. While everything is read, `callTimeout` holds. */
  async #read(index: number): Promise<void> {
    const { callTimeout, host } = this.#start
    const wait = { signal: this.over, deadline: this.#isLoaded ? null : callTimeout }
    try {
      const [json] = await this.call(linkPath(index), LINK, 'Describe', null, wait)
      this.#take(index, json)
    } catch (error) {
      if (this.over.aborted) return
      if (isUnknownObject(error)) this.#remove(index)
      else if (isTimeout(error)) this.#failure = error
      else host.log(`${TITLE} does not describe a link`, { index, error })
    }
  }

  #take(index: number, json: unknown): void {
    if (this.over.aborted) return
    const { host, sys } = this.#start
    const description = readDescription(json)
    if (description?.index !== index) return host.log(`${TITLE} describes no link`, { index })
    const settings = readSettings(description.networkFile)
    const count = this.#isHere ? readCarrierPeriods(sys, description.name) : null
    const period = count === null ? null : { index, count }
    const changesOthers = this.#links.note(index, { description, settings, period })
    this.#review(index)
    if (changesOthers) this.#show()
  }

  /** What a signal says that a link has lost counts at once, so that no loss is hidden by what comes after it. */
  #noteLoss(index: number, changed: Properties): void {
    const reading = this.#links.reading(index)
    if (reading === undefined) return
    const carrierState = text(changed, 'CarrierState')
    const setup = text(changed, 'AdministrativeState')
    const lost = {
      ...(carrierState !== '' && !carries({ ...reading.description, carrierState }) && { carrierState }),
      ...(['failed', 'unmanaged'].includes(setup) && { setup }),
    }
    if (Object.keys(lost).length === 0) return
    this.#links.note(index, { ...reading, description: { ...reading.description, ...lost } })
    this.#review(index)
  }

  #remove(index: number): void {
    if (this.#links.remove(index)) this.#show()
  }

  #review(index: number): void {
    if (!this.#isLoaded) return
    const { activations } = this.#start
    const hasChanged = this.#links.review(index)
    const name = this.#links.reading(index)?.description.name
    if (name === undefined || !activations.of(name).isAwaited) this.#stopWait(index)
    if (hasChanged) this.#show()
  }

  #stopWait(index: number): void {
    this.#waits.get(index)?.()
    this.#waits.delete(index)
  }

  #giveUp(index: number, name: string): void {
    const carrierState = this.#links.reading(index)?.description.carrierState ?? ''
    const reason = carrierState === 'off' ? 'other' : 'carrierLost'
    this.#start.activations.end(name, { reason, native: `CarrierState ${carrierState}` })
    this.#review(index)
  }

  #show(): void {
    if (!this.#isLoaded) return
    this.#isStale = true
    this.#start.host.changed()
  }

  #build(): World {
    const { statistics, directRouting, isPreparingForSleep } = this.#start
    return {
      service: 'ready',
      updates: 'events',
      // No link can be taken down, so there are no holders to count.
      scope: null,
      scan: 'no',
      recheck: 'no',
      statistics: statistics && this.#isHere,
      directRouting: directRouting && this.#isHere,
      configurations: this.#links.configurations,
      defaultId: this.#links.defaultId,
      power: powerOf({ isPreparingForSleep: isPreparingForSleep() }),
    }
  }
}

/** The link is gone. */
function isUnknownObject(error: unknown): boolean {
  return error instanceof BusError && error.answer === 'org.freedesktop.DBus.Error.UnknownObject'
}

function isTimeout(error: unknown): error is BusError {
  return error instanceof BusError && error.code === 'ERR_BUS_TIMED_OUT'
}
