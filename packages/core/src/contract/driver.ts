import type { Call, Clock } from './call.js'
import type { Holders } from './holders.js'
import type { Traffic, World } from './world.js'

/** What a backend's factory returns. Nothing happens before `open`. */
export interface Driver {
  /** The version of this contract. */
  readonly contract: 1
  /** For logs and lists: `networkmanager`, `generic`, `mock`. */
  readonly name: string
  /** A live backend or a rejection: nothing half open is left behind. `host.changed()` may be called before it resolves. */
  open(host: BackendHost, call: Call): Promise<Backend>
}

/** Which backend a driver has opened, and which it has passed over. */
export interface PickedBackend {
  /** The name of the driver whose backend was opened. */
  readonly name: string
  /** The drivers that were tried before it, in that order; empty for a driver that does not choose. */
  readonly passedOver: readonly PassedOver[]
}

/** A driver whose service is not there. */
export interface PassedOver {
  readonly name: string
  /** Why it was passed over. Its message is untrusted text. */
  readonly error: Error
}

/** What core gives a backend. */
export interface BackendHost {
  /**
   * Something may have changed. Idempotent, cheap, never throws, callable from any tick, also inside a command before its
   * promise settles; core coalesces and reads the snapshot later.
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
   * Reserved. Core has no way to ask an application for secrets yet and always gives `null`: an activation for which
   * the system wants one ends with `secretMissing`. A later version may give a function, to be asked until the link is up or has
   * ended; its `null` will say that there is no secret.
   */
  readonly secret:
    | ((ask: SecretRequest, call: Call) => Promise<Readonly<Record<string, string>> | null>)
    | null
}

/** What the system wants to be told. Reserved, as {@link Activate.secret} is. */
export interface SecretRequest {
  readonly id: string
  readonly fields: readonly string[]
  /** 1 for the first time; more means that the last answer was wrong. */
  readonly attempt: number
}

/**
 * A live backend. It keeps the process alive until it is disposed ({@link keepAlive} does so), unless the host's clock is virtual.
 * Disposing releases everything, settles every pending call (`ERR_CLOSED`), and no `host.changed()` comes after. Commands are refused in this order: closed, aborted signal, service lost, unknown
 * configuration, not supported or denied.
 */
export interface Backend extends AsyncDisposable {
  /** The whole world, synchronously and without I/O; the same object while nothing changed. */
  snapshot(): World
  /**
   * Resolves to the activation's id once the system has accepted; what becomes of it is in the snapshot. For a link that is
   * up or on its way, resolves to its current activation: as the system has it now, for what the snapshot shows may be old.
   */
  activate(id: string, request: Activate): Promise<string>
  /**
   * Takes exactly that activation down; resolves once the system has accepted, the rest is in the snapshot. No effect, and
   * no question of permission, once that activation is superseded or gone.
   */
  deactivate(id: string, activation: string, call: Call): Promise<void>
  /** Looks for networks; never called on a timer. */
  scan(call: Call): Promise<void>
  /** Checks the connectivity of a link anew. */
  recheck(id: string, call: Call): Promise<void>
  /** Fresh when called, synchronous; `null` where not supported or the link has no interface. */
  traffic(id: string): Traffic | null
  /**
   * Counts who holds this backend's links on this machine (rule H2); disposed with the backend. `null`: core counts the
   * managers of this process.
   */
  readonly holders: Holders | null
}
