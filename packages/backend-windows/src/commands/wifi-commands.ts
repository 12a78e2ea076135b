import type { LinkConfiguration } from '@roamkit/core/contract'
import { WifiState, WinError } from '../ffi/numbers.js'
import { NotificationWaiter } from '../notifications/notification-waiter.js'
import type { WifiNote } from '../notifications/wifi-note.js'
import type { Tables } from '../tables/captured.js'
import type { WifiReader } from '../tables/wifi-reader.js'
import type { CommandContext } from './command-context.js'
import { profileGone, refusal, serviceLost } from './command-errors.js'

const REQUESTED = { reason: 'requested', native: null } as const

/** A profile on an interface. */
export interface WifiTarget {
  readonly guid: string
  readonly profile: string
}

/** Connects and disconnects Wi-Fi profiles. */
export class WifiCommands {
  readonly #context: CommandContext
  readonly #starts: NotificationWaiter
  readonly #disconnects: NotificationWaiter

  /** @param context what it needs of the backend */
  constructor(context: CommandContext) {
    this.#context = context
    const { clock } = context.host
    this.#starts = new NotificationWaiter(clock, ['started', 'completed', 'failed'])
    this.#disconnects = new NotificationWaiter(clock, ['disconnecting', 'disconnected', 'failed'])
  }

  /** Passes a notification to the commands that wait for it. */
  note(note: WifiNote): void {
    this.#starts.note(note)
    this.#disconnects.note(note)
  }

  /** Ends all waits for notifications. */
  release(): void {
    this.#starts.release()
    this.#disconnects.release()
  }

  /**
   * The present activation of a link, after reading it again; `null` if there is none. Another process may have started or ended it a
   * moment ago, and a second request to Windows would abort the attempt.
   */
  async presentActivation(id: string, guid: string): Promise<string | null> {
    const { markDirty, whenRead, find, tables, wifi } = this.#context
    const start = this.#starts.next(guid)
    try {
      markDirty((dirty) => dirty.addWifi(guid, 'connection'))
      await whenRead()
      // Windows notifies the profile a moment later.
      if (isConnecting(tables(), guid) && wifi.profileInUse(guid) === null) await start.arrived
      return presentActivation(find(id))
    } finally {
      start.undo()
    }
  }

  /**
   * Connects. Resolves when Windows shows the attempt, so that the next request finds it, also one of another process.
   *
   * @param request asks Windows, and resolves to its code
   */
  async connect(
    id: string,
    target: WifiTarget,
    what: string,
    request: (reader: WifiReader) => Promise<number>,
  ): Promise<string> {
    const { whenRead, tables } = this.#context
    const start = this.#starts.next(target.guid)
    try {
      const activation = await this.#requestConnect(id, target, what, request)
      await whenRead()
      if (isIdle(tables(), target.guid)) await start.arrived
      return activation
    } finally {
      start.undo()
    }
  }

  /** Disconnects. Resolves when Windows no longer shows the connection, so that the next request does not find it. */
  async disconnect({ guid, profile }: WifiTarget, what: string): Promise<void> {
    const { wifi, service, publish, markDirty, whenRead, tables } = this.#context
    const answered = wifi.answered(guid, profile)
    if (answered !== null) {
      // Windows may carry out the calls of two threads in either order, and a link that comes up after the request to disconnect would stay.
      await answered.catch(() => undefined)
      if (wifi.phase(guid, profile) === 'down') return
    }
    if (wifi.isWaiting(guid, profile)) {
      // Windows does not know of it, and may have connected the interface to another network.
      wifi.endOpening(guid, profile, REQUESTED)
      return publish()
    }
    const disconnect = this.#disconnects.next(guid)
    try {
      const reader = service.current
      if (reader === null) throw serviceLost(what)
      wifi.recordDisconnect(guid, profile)
      const code = await reader.disconnect(guid)
      wifi.settleDisconnect(guid, profile, code === WinError.Success ? 'accepted' : 'refused')
      if (code !== WinError.Success) throw refusal(this.#context, 'WlanDisconnect', code, what)
      publish()
      markDirty((dirty) => dirty.addWifi(guid, 'connection'))
      await whenRead()
      if (isConnected(tables(), guid, profile)) await disconnect.arrived
    } finally {
      disconnect.undo()
    }
  }

  async #requestConnect(
    id: string,
    { guid, profile }: WifiTarget,
    what: string,
    request: (reader: WifiReader) => Promise<number>,
  ): Promise<string> {
    const { wifi, service, find, publish, markDirty } = this.#context
    const before = find(id)
    const reader = service.current
    if (reader === null) throw serviceLost(what)
    const code = await request(reader)
    if (code !== WinError.Success) throw refusal(this.#context, 'WlanConnect', code, what)
    const now = find(id)
    if (now?.activation !== null && now?.activation !== undefined && now.link !== 'deactivating')
      return now.activation
    // It began and ended before Windows answered.
    if (now?.ended && now.ended !== before?.ended) return now.ended.activation
    wifi.recordConnect(guid, profile)
    publish()
    markDirty((dirty) => dirty.addWifi(guid, 'connection'))
    const activation = find(id)?.activation
    if (activation) return activation
    throw profileGone(what)
  }
}

/** The activation of a link that is up or activating; `null` if it is neither. */
export function presentActivation(configuration: LinkConfiguration | undefined): string | null {
  const { link, activation = null } = configuration ?? {}
  return link === 'up' || link === 'activating' ? activation : null
}

const CONNECTING: readonly number[] = [WifiState.Associating, WifiState.Discovering, WifiState.Authenticating]

function isConnecting({ wifi }: Tables, guid: string): boolean {
  const { state } = wifi.find((table) => table.guid === guid) ?? {}
  return state !== undefined && CONNECTING.includes(state)
}

function isIdle({ wifi }: Tables, guid: string): boolean {
  return wifi.find((table) => table.guid === guid)?.state === WifiState.Disconnected
}

/** Whether an interface is connected with a profile; if Windows withholds which one, whether it is connected. */
export function isConnected({ wifi }: Tables, guid: string, profile: string): boolean {
  const { state, connection } = wifi.find((table) => table.guid === guid) ?? {}
  if (state !== WifiState.Connected || !connection) return false
  return connection === 'denied' || connection.profile === profile
}
