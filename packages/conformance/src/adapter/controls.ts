import type { Holders } from '@roamkit/core/contract'

/** Another process that counts holders of the same links. */
export interface Elsewhere {
  /** A proxy of its `Holders`: a task under a lock runs in this process while the other process holds the lock. */
  readonly holders: Holders
  /** Kills the process (SIGKILL). Resolves when it has ended. */
  kill(): Promise<void>
}

/** A configuration that needs a secret. */
export interface NeedsSecret {
  readonly id: string
  /** The secret that brings its link up, by field. */
  readonly right: Readonly<Record<string, string>>
  /** One that the system refuses and then asks again; `null` if the system cannot tell. */
  readonly wrong: Readonly<Record<string, string>> | null
}

/**
 * What an adapter can do to the system behind a backend. Implement as many controls as the platform allows. Each resolves when the
 * *system* has made the change; the laws check whether and when the backend shows it. Ids are those of configurations.
 */
export interface Controls {
  /**
   * Saves a new configuration, as another program would. Its link is down. Resolves to its id; each call creates another one. If the
   * adapter can choose the id, it should sort before the existing ones: a law checks the configurations behind it.
   */
  readonly add?: () => Promise<string>
  /** Deletes a configuration, as another program would. */
  readonly remove?: (id: string) => Promise<void>
  /** Renames a configuration, as another program would. */
  readonly rename?: (id: string, name: string) => Promise<void>
  /** Brings a link up, as another program would. */
  readonly linkUp?: (id: string) => Promise<void>
  /** Takes a link down, as another program would. */
  readonly linkDown?: (id: string) => Promise<void>
  /** Takes a link down and brings it up again at once, with another activation. */
  readonly flap?: (id: string) => Promise<void>
  /** Unplugs the cable of a link that is up, or plugs it back in before the system takes the link down. */
  readonly carrier?: (id: string, carrier: boolean) => Promise<void>
  /** Moves a link that is down out of range or back into range. Must also work while the service is lost. */
  readonly setInRange?: (id: string, inRange: boolean) => Promise<void>
  /** Makes a configuration the owner of the default route. */
  readonly nameDefault?: (id: string) => Promise<void>
  /**
   * Lets the system announce that the machine goes to sleep, or that it is awake again. The machine itself need not sleep. Links may go
   * down with it and come back.
   */
  readonly setPower?: (power: 'asleep' | 'awake') => Promise<void>
  /** Sends bytes through the interface of a link that is up. */
  readonly traffic?: (id: string) => Promise<void>
  /**
   * Sends and receives at least that many bytes through a socket that is bound to a link that is up. The other end is reachable by other links,
   * too. Bind the socket as programs bind it: to the device, or to an address of the link if that is enough on the system. Resolves when
   * all bytes have arrived.
   */
  readonly exchangeThrough?: (id: string, bytes: number) => Promise<void>
  /** Lets the next activation be accepted and then fail. */
  readonly failNext?: (id: string) => Promise<void>
  /** Lets the next activation be accepted and then hang until it is taken down. */
  readonly stallNext?: (id: string) => Promise<void>
  /** Withholds the answer to the next `activate` until `release`. */
  readonly stallAccept?: (id: string) => Promise<void>
  /** Carries out the requests that `stallAccept` withholds. */
  readonly release?: (id: string) => Promise<void>
  /** Refuses the next `activate` for lack of permission. */
  readonly refuseUp?: (id: string) => Promise<void>
  /** Refuses the next `deactivate` for lack of permission. */
  readonly refuseDown?: (id: string) => Promise<void>
  /**
   * Creates a configuration in range that needs a secret which the system has not stored and does not get from elsewhere. Its link is down.
   */
  readonly needSecret?: () => Promise<NeedsSecret>
  /** Creates a configuration that the system knows but has not stored (`saved` is false). Its link is down. Resolves to its id. */
  readonly unsaved?: () => Promise<string>
  /** Refuses the next `save` or `forget` for lack of permission. */
  readonly refuseStoring?: (id: string) => Promise<void>
  /** Creates a network that only a scan finds. Resolves to the id that its configuration will have. */
  readonly hide?: () => Promise<string>
  /** Stops the daemon or bus. */
  readonly loseService?: () => Promise<void>
  /** Starts it again. */
  readonly restoreService?: () => Promise<void>
  /**
   * Starts another process that counts the holders of the same links, and that ends with the fixture. For backends that count holders
   * across processes. If `holders` is `null`, waive the laws about holders.
   */
  readonly elsewhere?: () => Promise<Elsewhere>
  /**
   * Opens the driver in a process that has nothing else to do. Rejects if that process exits by itself within a moment. The control
   * ends the process.
   */
  readonly stays?: () => Promise<void>
  /** Opens the driver in another process and disposes the backend. Rejects if that process does not exit by itself. */
  readonly exits?: () => Promise<void>
}

/** The name of a control. */
export type ControlName = keyof Controls
