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
   * For a driver that opens one of several backends, such as `platform()`: says which one, before `open` resolves, and again whenever another
   * one has taken over. It becomes `manager.backend`. Absent in hosts that do not ask.
   *
   * @defaultValue the driver's own `name`, with nothing passed over
   */
  picked?(backend: PickedBackend): void
  readonly clock: Clock
}

/** A request to bring a link up. */
export interface Activate extends Call {
  /**
   * Asks for a secret that the system needs for this activation and has not stored (rule N3). `null`: no session that brings the link up can
   * be asked, and the backend must not make the system ask this process. If there is no secret, the activation ends with `secretMissing`, or with
   * `secretWrong` if the system refused an earlier answer.
   *
   * It may be called again and again, until the activation has ended. It resolves to the fields that were asked for and nothing else, or to
   * `null` if there is no secret. It rejects only with the reason of the call's `signal`: abort that when the question is obsolete. Pass the
   * answer to the system and keep no copy of it, least of all in a log, an error or the snapshot (rule N5).
   */
  readonly secret:
    | ((ask: SecretRequest, call: Call) => Promise<Readonly<Record<string, string>> | null>)
    | null
}

/** What the system asks for. */
export interface SecretRequest {
  /** The configuration that is being activated. */
  readonly id: string
  /** The names of the fields, as the system spells them: `psk`. */
  readonly fields: readonly string[]
  /** 1 for the first question of an activation. More: the system refused the last answer. */
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
  /**
   * Stores a configuration that the system only sees now, with the secrets that it has for it (rule N6). Resolves once the system has stored it;
   * the snapshot shows the result. Its id stays the same. Has no effect if it is stored already. A backend that can store nothing leaves it out.
   */
  save?(id: string, call: Call): Promise<void>
  /**
   * Deletes what the system has stored about a configuration (rule N7). A link in use goes down, and `ended` gives the reason `requested`.
   * Resolves once the system has deleted it; the snapshot shows the result: the configuration is gone, or no longer `saved` if the system still
   * sees it. Has no effect if nothing is stored. A backend that can delete nothing leaves it out.
   */
  forget?(id: string, call: Call): Promise<void>
  /** Reads the counters now, synchronously; `null` if that is not supported, or if the link has no interface. */
  traffic(id: string): Traffic | null
  /**
   * Counts the holders of this backend's links on this machine (rule H2). It is disposed with the backend. `null`: core counts the
   * managers of this process.
   */
  readonly holders: Holders | null
}
