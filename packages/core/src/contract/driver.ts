import type { Call, Clock } from './call.js'
import type { Holders } from './holders.js'
import type { Traffic, World } from './world.js'

/** What a backend's factory returns. Nothing happens before `open`. */
export interface Driver {
  /** The version of this contract. */
  readonly contract: 1
  /** For logs and lists: `networkmanager`, `generic`, `mock`. */
  readonly name: string
  /** Resolves to a live backend. If it rejects, nothing half open is left behind. `host.changed()` may be called before it resolves. */
  open(host: BackendHost, call: Call): Promise<Backend>
}

/** Which backend a driver has opened, and which it has passed over. */
export interface PickedBackend {
  /** The name of the driver whose backend was opened. */
  readonly name: string
  /** The drivers that were tried before it, in that order; empty for a driver that does not choose. */
  readonly passedOver: readonly PassedOver[]
}

/** A driver whose service is not available. */
export interface PassedOver {
  readonly name: string
  /** The reason. Its message is untrusted text. */
  readonly error: Error
}

/** What core gives a backend. */
export interface BackendHost {
  /**
   * Call this when something may have changed. Idempotent and cheap; never throws. It may be called from any tick, also inside a command
   * before its promise settles. Core coalesces calls and reads the snapshot later.
   */
  changed(): void
  /** For diagnosis; never shown unescaped. */
  log(event: string, detail?: object): void
  /**
   * For a driver that opens one of several backends, such as `platform()`: says which one, before `open` resolves. It becomes
   * `manager.backend`. Absent in hosts that do not ask.
   *
   * @defaultValue the driver's own `name`, with nothing passed over
   */
  picked?(backend: PickedBackend): void
  readonly clock: Clock
}

/** A request to bring a link up. */
export interface Activate extends Call {
  /**
   * Reserved. Core cannot ask an application for secrets yet and always passes `null`: an activation that needs a secret ends with
   * `secretMissing`. A later version may pass a function that can be called until the link is up or has ended; if it returns `null`,
   * there is no secret.
   */
  readonly secret:
    | ((ask: SecretRequest, call: Call) => Promise<Readonly<Record<string, string>> | null>)
    | null
}

/** The secret that the system asks for. Reserved, like {@link Activate.secret}. */
export interface SecretRequest {
  readonly id: string
  readonly fields: readonly string[]
  /** 1 for the first attempt; more means that the last answer was wrong. */
  readonly attempt: number
}

/**
 * A live backend. It keeps the process alive until it is disposed ({@link keepAlive} does so), unless the host's clock is virtual.
 * Disposing releases everything and settles every pending call (`ERR_CLOSED`). After that it never calls `host.changed()`. Commands are
 * refused in this order: closed, aborted signal, service lost, unknown configuration, not supported or denied.
 */
export interface Backend extends AsyncDisposable {
  /** The whole world, synchronously and without I/O; the same object as long as nothing changes. */
  snapshot(): World
  /**
   * Resolves to the activation's id once the system has accepted the request; the snapshot shows the result. If the link is up or coming
   * up, it resolves to the current activation. That is the one that the system has now: the snapshot may be old.
   */
  activate(id: string, request: Activate): Promise<string>
  /**
   * Takes down exactly that activation. Resolves once the system has accepted the request; the snapshot shows the result. Has no effect,
   * and needs no permission, if that activation is superseded or has ended.
   */
  deactivate(id: string, activation: string, call: Call): Promise<void>
  /** Scans for networks. Core never calls it on a timer. */
  scan(call: Call): Promise<void>
  /** Checks the connectivity of a link again. */
  recheck(id: string, call: Call): Promise<void>
  /** Reads the counters now, synchronously; `null` if that is not supported, or if the link has no interface. */
  traffic(id: string): Traffic | null
  /**
   * Counts the holders of this backend's links on this machine (rule H2). It is disposed with the backend. `null`: core counts the
   * managers of this process.
   */
  readonly holders: Holders | null
}
