import type { Clock } from '@roamkit/core/contract'

/** The bus daemon's name, which is also the name of its interface. */
export const DAEMON = 'org.freedesktop.DBus'
/** Where the bus daemon answers. */
export const DAEMON_PATH = '/org/freedesktop/DBus'
/** The interface of an object's properties, which reports how they change; standard D-Bus. */
export const PROPERTIES = 'org.freedesktop.DBus.Properties'

/** A value with its type, for places where D-Bus wants a variant. */
export class Variant {
  readonly signature: string
  readonly value: unknown

  /**
   * @param signature the D-Bus type: `s`
   * @param value of that type, as in {@link BusRequest.body}
   */
  constructor(signature: string, value: unknown) {
    this.signature = signature
    this.value = value
  }
}

/** A method call, as plain values: a dictionary is a plain object, a byte array a `Buffer`, a variant a {@link Variant}. */
export interface BusRequest {
  /**
   * A unique name, or `org.freedesktop.DBus`. An answer is believed only from there, and from the bus daemon, which reports a
   * destination that is gone. A well-known name never appears as the sender of an answer.
   */
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
  /** D-Bus type signature of `body`; leave it out if there is no body. */
  readonly signature?: string
  readonly body?: readonly unknown[]
}

/** How long to wait for a call. Ending the wait undoes nothing: the call may still be carried out. */
export interface BusWait {
  /** Aborting rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the wait rejects with `ERR_BUS_TIMED_OUT`; `null` to wait as long as the bus lives. */
  readonly deadline: number | null
}

/**
 * A signal of the watched service. Its values, and those of an answer, are plain: a dictionary is a `Map`, a struct an array, a byte
 * array a `Uint8Array` of its own, a 64-bit integer a number, and a variant its content.
 */
export interface BusSignal {
  readonly path: string
  readonly interface: string
  readonly member: string
  readonly body: readonly unknown[]
  /** The unique name of the sender: always the current owner of a watched service. */
  readonly sender: string
}

/** Signals of one interface. */
export interface BusFilter {
  readonly interface: string
  /** Only the signal of this name. */
  readonly member?: string
  /** Only if the first argument of the signal is this text. The bus daemon checks that, so that other signals wake no process. */
  readonly about?: string
}

/** A service that a connection listens to. What a listener throws surfaces as an uncaught exception. */
export interface BusWatch {
  /** Well-known name, `org.freedesktop.NetworkManager`. */
  readonly service: string
  /** The subtree of object paths whose signals are wanted. */
  readonly namespace: string
  /** The signals that are wanted; left out if all are. Others may come all the same. */
  readonly only?: readonly BusFilter[]
  /** Whether signals of that interface at that path have no effect now. Asked before their values are read. Must not throw. */
  ignores?(path: string, name: string): boolean
  /** Called in the order of sending, from within the connection's read loop. */
  signal(signal: BusSignal): void
  /** Called when the service gets another unique name, or leaves the bus (`null`). Not called for the first owner. */
  owner(owner: string | null): void
}

/** A method call that came in, with values as in {@link BusSignal}. Valid until it is answered. */
export interface BusCall {
  readonly member: string
  readonly body: readonly unknown[]
}

/** The answer to a {@link BusCall}. */
export interface BusAnswer {
  readonly signature: string
  readonly body: readonly unknown[]
}

/** An object that one caller may call. Other callers do not reach it: their calls are declined before their body is decoded. */
export interface BusObject {
  readonly path: string
  readonly interface: string
  /** The unique name of the only caller. The bus daemon vouches for it. */
  readonly caller: string
  /** Answers a call, or rejects: with a {@link BusError} that has an `answer`, the caller gets that error. Called from within the read loop. */
  call(call: BusCall): Promise<BusAnswer>
}

/** What connecting needs. `deadline` limits the socket, the authentication and the first calls together. */
export interface BusConnect extends BusWait {
  readonly clock: Clock
  /** The service that the connection is for: {@link Bus.owner} is its owner. */
  readonly watch: BusWatch
}

/** A live connection to a message bus. Keeps the process alive until it is closed. */
export interface Bus {
  /** The bus daemon's own id (`org.freedesktop.DBus.GetId`), new for each start of the daemon. */
  readonly id: string
  /** The unique name of the watched service; `null` while it has no owner. */
  readonly owner: string | null
  /**
   * Listens to another service as well, until the connection ends. Resolves to its unique name, `null` if it has no owner now. Its signals and
   * changes of its owner come from then on. Rejects as a call does.
   */
  listen(watch: BusWatch, wait: BusWait): Promise<string | null>
  /** Settles exactly once: the answer's body, a {@link BusError}, or the caller's `signal.reason`. */
  call(request: BusRequest, wait: BusWait): Promise<readonly unknown[]>
  /** Offers an object to its caller until the connection ends. Returns the undo: answers that come later are not sent. */
  serve(object: BusObject): () => void
  /** Resolves once, when the connection ends for any reason. Never rejects. */
  readonly closed: Promise<BusError>
  /** Closes the socket, and rejects pending calls with `ERR_BUS_CLOSED`. Idempotent. */
  close(): void
}

/** Opens a connection, or rejects with a {@link BusError} (or `signal.reason`) and leaves nothing half open. */
export type Connect = (address: string, options: BusConnect) => Promise<Bus>

/**
 * The stable codes of {@link BusError}. `ERR_BUS_ANSWER` is an error that was answered, or an answer that cannot be read; {@link
 * BusError.answer} is `null` then. `ERR_BUS_CLOSED` also means that the bytes received were not messages.
 */
export type BusErrorCode =
  | 'ERR_BUS_ADDRESS'
  | 'ERR_BUS_CONNECT'
  | 'ERR_BUS_CLOSED'
  | 'ERR_BUS_TIMED_OUT'
  | 'ERR_BUS_ANSWER'

/** What the port rejects with, besides the caller's own `signal.reason`. */
export class BusError extends Error {
  override readonly name = 'BusError'
  readonly code: BusErrorCode
  /** The name of the D-Bus error that was answered, for example `org.freedesktop.DBus.Error.NoReply`; otherwise `null`. */
  readonly answer: string | null

  /**
   * @param code stable, machine-readable
   * @param message for people
   * @param options the native error as `cause`, the D-Bus error's name as `answer`
   */
  constructor(
    code: BusErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly answer?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.answer = options.answer ?? null
  }
}
