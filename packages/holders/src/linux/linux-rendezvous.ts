import { connect, type Socket } from 'node:net'
import { onAbort } from '@roamkit/core/backend-kit'
import type { Call, Clock } from '@roamkit/core/contract'
import type { Entry, Rendezvous, RendezvousLock } from '../rendezvous.js'
import { attest, findAttestors } from './attestation.js'
import { selectBelievedUsers, userFacts } from './believed-users.js'
import { findOwner, parseListeners, readTable } from './kernel-table.js'
import { takePart } from './presence.js'
import { SocketListener } from './socket-listener.js'
import {
  entryDigest,
  entryNames,
  lockName,
  parseEntries,
  subscriptionName,
  subscriptionPrefix,
} from './socket-name.js'

/** Options of {@link linuxRendezvous}. */
export interface LinuxRendezvousOptions {
  readonly clock: Clock
  /**
   * For diagnosis.
   *
   * @defaultValue none
   */
  readonly log?: (event: string, detail?: object) => void
  /**
   * Other users, by number, whose attestations are believed besides those of this user and of root.
   *
   * @defaultValue none
   */
  readonly trustedUsers?: readonly number[]
}

/**
 * How often the table is read, at most, until it says the same twice. A long table is read only once, so that filling it does not pay.
 */
const MOST_READINGS = 4
const LONG_TABLE = 512 * 1024
/** Of how many entries the texts are read. More entries than that are a flood, and only prove presence. */
const MOST_READ = 512
const LONGEST_NOTIFICATION = 1000
/** How many subscribers are notified. More than that are fake. */
const MOST_SUBSCRIPTIONS = 256
/** How long delivering or receiving a notification may take, in milliseconds. */
const NOTIFICATION_TIMEOUT = 900

/**
 * The rendezvous of Linux. Abstract unix sockets: the kernel gives a name to one process at a time, shows it to every process in
 * `/proc/net/unix`, and forgets it with the process. UDP endpoints: the kernel shares one among many sockets, or gives it to a single
 * one. The processes of one network namespace share it. Nothing happens before the first call; {@link isRendezvousUsable} finds out whether it
 * works for this process.
 */
export function linuxRendezvous(options: LinuxRendezvousOptions): Rendezvous {
  return new LinuxRendezvous(options)
}

class LinuxRendezvous implements Rendezvous {
  readonly name = 'linux'
  readonly #clock: Clock
  readonly #log: (event: string, detail?: object) => void
  readonly #trusted: ReadonlySet<number>
  readonly #undo = new Set<() => void>()
  #isDisposed = false
  readonly #deliveries = new Set<Promise<void>>()

  constructor({ clock, log = () => undefined, trustedUsers = [] }: LinuxRendezvousOptions) {
    this.#clock = clock
    this.#log = log
    this.#trusted = selectBelievedUsers(trustedUsers, userFacts())
  }

  async take(key: string): Promise<RendezvousLock | null> {
    const waiting = { kind: 'lock', connected: () => undefined } as const
    const listener = await SocketListener.open(lockName(key), this.#clock, waiting).catch(
      (error: unknown) => {
        if (isTaken(error)) return null
        throw error
      },
    )
    if (listener === null) return null
    const release = this.#onDisposal(() => listener.close())
    return {
      release,
      get isAwaited() {
        return listener.connections > 0
      },
    }
  }

  holder(key: string): string | null {
    return findOwner(readTable(UNIX) ?? '', lockName(key))
  }

  untilFree(key: string, { signal }: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      // The kernel closes the connection when the holder of the name closes it or dies.
      const socket = connect({ path: `\0${lockName(key)}` })
      const abort = () => {
        socket.destroy()
        reject(signal.reason)
      }
      const forget = onAbort(signal, abort)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        forget()
        resolve()
      })
      // The holder of a lock has nothing to say.
      socket.on('data', () => socket.destroy())
    })
  }

  async attend(key: string): Promise<(() => void) | null> {
    const giveBack = await takePart(key, 'shared')
    return giveBack && this.#onDisposal(giveBack)
  }

  async exclude(key: string): Promise<(() => void) | null> {
    const giveBack = await takePart(key, 'exclusive')
    return giveBack && this.#onDisposal(giveBack)
  }

  async post(
    key: string,
    member: string,
    text: string,
    options: { readonly attest: 'yes' | 'no' },
  ): Promise<() => void> {
    const names = entryNames(key, member, text)
    const statement = entryDigest(key, member, text)
    const attestation = options.attest === 'yes' ? await attest(statement) : null
    if (options.attest === 'yes' && attestation === null)
      this.#log('holders: cannot attest, other processes will not remember who brought the link up')
    // One after the other: the name that says that the member is present comes last.
    const listeners: SocketListener[] = []
    const takeDown = () => {
      for (const listener of listeners.splice(0).reverse()) listener.close()
      attestation?.()
    }
    try {
      for (const name of names) listeners.push(await SocketListener.open(name, this.#clock))
    } catch (error) {
      takeDown()
      throw error
    }
    return this.#onDisposal(takeDown)
  }

  entries(key: string): readonly Entry[] | null {
    let before: string | null = null
    const all = new Map<string, Entry>()
    // Sockets come and go during a read, and the table may skip one that stays. So it is read until it says the same twice.
    for (let reading = 0; reading < MOST_READINGS; reading += 1) {
      const table = readTable(UNIX)
      if (table === null) return null
      const found = parseEntries(
        key,
        parseListeners(table).map(({ name }) => name),
        MOST_READ,
      )
      if (table.length > LONG_TABLE) return found
      const words = found.map((one) => JSON.stringify([one.member, one.text])).sort()
      const now = words.join(' ')
      if (now === before) return found
      before = now
      for (const one of found) all.set(JSON.stringify([one.member, one.text]), one)
    }
    return [...all.values()]
  }

  selectAttested(key: string, entries: readonly Entry[]): ReadonlySet<Entry> {
    const readable = entries.filter(({ text }) => text !== null).slice(0, MOST_READ)
    if (readable.length === 0) return new Set()
    const statementOf = ({ member, text }: Entry) => entryDigest(key, member, text ?? '')
    const users = findAttestors(readable.map(statementOf), readTable(UDP))
    return new Set(
      readable.filter((entry) =>
        [...(users.get(statementOf(entry)) ?? [])].some((user) => this.#trusted.has(user)),
      ),
    )
  }

  async subscribe(key: string, member: string, notified: (text: string) => void): Promise<() => void> {
    const listener = await SocketListener.open(subscriptionName(key, member), this.#clock, {
      kind: 'subscription',
      connected: (socket) => this.#receive(socket, notified),
    })
    return this.#onDisposal(() => listener.close())
  }

  notify(key: string, member: string, text: string): void {
    const [prefix, own] = [subscriptionPrefix(key), subscriptionName(key, member)]
    const recipients = parseListeners(readTable(UNIX) ?? '').filter(
      ({ name }) => name.startsWith(prefix) && name !== own,
    )
    for (const { name } of recipients.slice(0, MOST_SUBSCRIPTIONS)) {
      const delivery = this.#deliver(name, text)
      this.#deliveries.add(delivery)
      void delivery.then(() => this.#deliveries.delete(delivery))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    for (const undo of [...this.#undo]) undo()
    await Promise.all(this.#deliveries)
  }

  /** Drops senders that are slow or send too much. */
  #receive(socket: Socket, notified: (text: string) => void): void {
    const parts: Buffer[] = []
    let length = 0
    const undo = this.#clock.after(NOTIFICATION_TIMEOUT, () => socket.destroy())
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      length += part.length
      if (length > LONGEST_NOTIFICATION) socket.destroy()
    })
    socket.on('end', () => {
      if (length <= LONGEST_NOTIFICATION) notified(Buffer.concat(parts).toString())
    })
    socket.on('close', undo)
  }

  #deliver(name: string, text: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect({ path: `\0${name}` })
      const undo = this.#clock.after(NOTIFICATION_TIMEOUT, () => socket.destroy())
      socket.on('error', () => undefined)
      socket.on('close', () => {
        undo()
        resolve()
      })
      socket.on('data', () => socket.destroy())
      // What was written has reached the other process, whether or not it has read it.
      socket.end(text, () => socket.destroy())
    })
  }

  /** Runs the undo once: when it is called, or on disposal. */
  #onDisposal(undo: () => void): () => void {
    const once = () => {
      if (this.#undo.delete(once)) undo()
    }
    this.#undo.add(once)
    // What was under way at the time of disposal is not kept.
    if (this.#isDisposed) once()
    return once
  }
}

// A process that sees only its own entries of /proc (ProcSubset=pid) has no /proc/net.
const UNIX = '/proc/self/net/unix'
const UDP = '/proc/self/net/udp'

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'EADDRINUSE'
}
