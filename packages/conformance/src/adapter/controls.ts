import type { Holders } from '@roamkit/core/contract'

/** Another process that counts holders of the same links. */
export interface Elsewhere {
  /** Its `Holders`, by proxy: what is run under a lock is run here, with the lock held there. */
  readonly holders: Holders
  /** Kills it without farewell (SIGKILL); resolves when it is dead. */
  kill(): Promise<void>
}

/**
 * What an adapter can do to the world behind a backend: as many as the platform allows. Each resolves when the *system* has done
 * it; whether and when the backend shows it is what the laws look at. Ids are those of configurations.
 */
export interface Controls {
  /**
   * Somebody else saves a new configuration, whose link is down; resolves to its id. May be called again, for another one. Where
   * the adapter can choose, its id comes before the others in order: a law looks at what is behind it.
   */
  readonly add?: () => Promise<string>
  /** Somebody else deletes a configuration. */
  readonly remove?: (id: string) => Promise<void>
  /** Somebody else gives a configuration another name. */
  readonly rename?: (id: string, name: string) => Promise<void>
  /** Somebody else brings a link up. */
  readonly linkUp?: (id: string) => Promise<void>
  /** Somebody else takes a link down. */
  readonly linkDown?: (id: string) => Promise<void>
  /** A link that is up goes down and comes up at once, under another activation. */
  readonly flap?: (id: string) => Promise<void>
  /** The cable of a link that is up is pulled, or put back before the system gives the link up. */
  readonly carrier?: (id: string, carrier: boolean) => Promise<void>
  /** A link that is down goes out of reach or comes back; also while the service is lost. */
  readonly reach?: (id: string, inReach: boolean) => Promise<void>
  /** The system names the owner of the default route. */
  readonly nameDefault?: (id: string) => Promise<void>
  /** Bytes go through the interface of a link that is up. */
  readonly traffic?: (id: string) => Promise<void>
  /** The next activation is accepted, and fails. */
  readonly failNext?: (id: string) => Promise<void>
  /** The next activation is accepted and then gets nowhere, until it is taken down. */
  readonly stallNext?: (id: string) => Promise<void>
  /** The next `activate` gets no answer until `release`. */
  readonly stallAccept?: (id: string) => Promise<void>
  /** Requests that wait by `stallAccept` are carried out. */
  readonly release?: (id: string) => Promise<void>
  /** The next `activate` is refused for want of permission. */
  readonly refuseUp?: (id: string) => Promise<void>
  /** The next `deactivate` is refused for want of permission. */
  readonly refuseDown?: (id: string) => Promise<void>
  /** There is a network that only a scan finds; resolves to the id that its configuration will have. */
  readonly hide?: () => Promise<string>
  /** The daemon or bus goes away. */
  readonly loseService?: () => Promise<void>
  /** It comes back. */
  readonly restoreService?: () => Promise<void>
  /**
   * A further process that counts the holders of this world's links; it ends with the fixture. For backends that count across
   * processes: where `holders` is `null`, the laws about them are waived.
   */
  readonly elsewhere?: () => Promise<Elsewhere>
  /**
   * Opens the driver in a process of its own, which has nothing else to do, and rejects where that process ends by itself, within
   * a moment. To be ended then.
   */
  readonly stays?: () => Promise<void>
  /** Opens the driver in a process of its own, disposes the backend, and rejects where that process does not end by itself. */
  readonly exits?: () => Promise<void>
}

/** The name of a control. */
export type ControlName = keyof Controls
