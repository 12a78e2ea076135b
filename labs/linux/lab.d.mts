/** The process runs inside a lab; every control below rejects where it does not. */
export declare const inside: boolean

/** What tells a process that it is inside: the lab's folder, the bus, a PATH that reaches the daemons. */
export declare const environment: Readonly<Record<'ROAMKIT_LAB' | 'DBUS_SYSTEM_BUS_ADDRESS' | 'PATH', string>>

export interface LabLink {
  readonly link: string
  readonly device: string
  readonly profile: string
  readonly uuid: string
  /** The last of several links says so by DHCP, and NetworkManager guesses yes. */
  readonly metered: boolean
}

export interface LabInfo {
  readonly folder: string
  readonly busAddress: string
  /** Base address of the lab's http server: `/bytes/N` gives N bytes. */
  readonly internet: string
  readonly links: readonly LabLink[]
}

/** What this lab consists of. */
export declare function info(): LabInfo

/** Plugs the cable of a link in or out; returns when the kernel says so on the machine's side. */
export declare function carrier(link: string, state: 'up' | 'down'): Promise<void>

/** What the connectivity check gets from now on. */
export declare function portal(mode: 'full' | 'portal' | 'limited'): Promise<void>

export interface NetworkManagerChanges {
  readonly polkit?: 'false' | 'root-only' | 'true'
  /** Seconds between connectivity checks; 0: none. */
  readonly connectivity?: number
  /** Milliseconds that NetworkManager sits on a loss of carrier. */
  readonly carrierWait?: number
}

export declare const nm: {
  /** Returns when Manager.Startup is false. Changes stay for the starts after it. */
  start(changes?: NetworkManagerChanges): Promise<void>
  /** SIGTERM. Returns when the process is gone, as the others do; nothing happens to one that does not run. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP: on the bus, but answering nobody. */
  pause(): Promise<void>
  resume(): Promise<void>
}

export declare const bus: {
  /** NetworkManager does not join a new bus by itself: `nm.stop()` and `nm.start()` after it. */
  start(): Promise<void>
  kill(): Promise<void>
}

/** Runs a program on the other side of the links; resolves to what it printed, rejects when it fails. */
export declare function peer(command: string, args?: readonly string[]): Promise<string>

/** Which daemons run, by process id; null for one that does not. */
export declare function status(): Readonly<Record<'bus' | 'dnsmasq' | 'internet' | 'nm', number | null>>
