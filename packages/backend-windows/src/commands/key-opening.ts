import { type Deferred, deferred, pause } from '@roamkit/core/backend-kit'
import type { Activate } from '@roamkit/core/contract'
import { WinError } from '../ffi/numbers.js'
import { WindowsError } from '../ffi/windows-error.js'
import { profileXml, type UnsavedNetwork } from '../wifi/network-profile.js'
import type { LinkOpening } from '../wifi/wifi-links.js'
import type { WifiReason } from '../wifi/wifi-reason.js'
import { keyTypeOf } from '../wifi/wifi-security.js'
import type { CommandContext } from './command-context.js'
import { refusal } from './command-errors.js'

const MISSING: WifiReason = { reason: 'secretMissing', native: null }
const WRONG: WifiReason = { reason: 'secretWrong', native: null }
const BROKEN: WifiReason = { reason: 'other', native: 'the key could not be tried' }
const SERVICE_LOST: WifiReason = { reason: 'serviceLost', native: 'WLAN AutoConfig has stopped' }

/** Milliseconds before the next question after a key that no network can have: a provider may give the same one at once, for ever. */
const PAUSE = 250

/** What is opened, and who is asked for its key. */
export interface KeyRequest {
  readonly id: string
  readonly guid: string
  readonly network: UnsavedNetwork
  /** The name of the key. */
  readonly field: string
  readonly secret: Activate['secret']
  /** What the caller wanted, as a message says it. */
  readonly what: string
}

/**
 * One activation of a network that needs a key. Windows asks no program for a key: it is asked for first, and Windows gets it with the
 * profile. If Windows refuses the key, the same activation asks again (rule N3). The key is kept nowhere, and the memory in which Windows
 * gets it is overwritten (rule N5).
 */
export class KeyOpening implements LinkOpening {
  readonly #context: CommandContext
  readonly #request: KeyRequest
  readonly #over = new AbortController()
  #outcome: Deferred<void> = deferred()
  #answered: Promise<number> | null = null

  /** Nothing happens before {@link run}. */
  constructor(context: CommandContext, request: KeyRequest) {
    this.#context = context
    this.#request = request
  }

  get answered(): Promise<unknown> | null {
    return this.#answered
  }

  refuse(): void {
    this.#outcome.resolve()
  }

  end(): void {
    this.#over.abort()
    this.#outcome.resolve()
  }

  /** Asks and tries until the link is up or the activation has ended. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#over
    try {
      for (let attempt = 1; !signal.aborted; attempt += 1) {
        const key = await this.#ask(attempt)
        if (signal.aborted) return
        if (key === null) this.stop(attempt > 1 ? WRONG : MISSING)
        else await this.#try(key)
      }
    } catch {
      // What is thrown may quote the key. If it is over, the question was taken back.
      this.stop(BROKEN)
    }
  }

  /** Ends the activation. Has no effect if it is over. */
  stop(why: WifiReason): void {
    const { guid, network } = this.#request
    if (this.#over.signal.aborted) return
    this.#context.wifi.endOpening(guid, network.profile, why)
    this.end()
    this.#context.publish()
  }

  async #ask(attempt: number): Promise<string | null> {
    const { id, field, secret } = this.#request
    const answer = await secret?.({ id, fields: [field], attempt }, { signal: this.#over.signal })
    return answer?.[field] ?? null
  }

  async #try(key: string): Promise<void> {
    const { service, wifi, host, publish, markDirty } = this.#context
    const { guid, network, what } = this.#request
    if (keyTypeOf(network.security, key) === null) return pause(host.clock, PAUSE, this.#over.signal)
    const reader = service.current
    if (reader === null) return this.stop(SERVICE_LOST)
    this.#outcome = deferred()
    wifi.recordTry(guid, network.profile)
    const xml = profileXml(network, key)
    this.#answered = reader.connectTemporary(guid, xml).finally(() => {
      xml.fill(0)
      this.#answered = null
    })
    const code = await this.#answered
    if (code !== WinError.Success) return this.stop(endOf(refusal(this.#context, 'WlanConnect', code, what)))
    publish()
    markDirty((dirty) => dirty.addWifi(guid, 'connection'))
    await this.#outcome.promise
  }
}

/** How an activation ends that Windows does not even begin. */
function endOf({ code, cause }: ReturnType<typeof refusal>): WifiReason {
  const native = cause instanceof WindowsError ? cause.message : null
  if (code === 'ERR_DENIED') return { reason: 'denied', native }
  if (cause instanceof WindowsError && cause.code === WinError.RadioOff) return { reason: 'radioOff', native }
  return { reason: code === 'ERR_SERVICE_LOST' ? 'serviceLost' : 'other', native }
}
