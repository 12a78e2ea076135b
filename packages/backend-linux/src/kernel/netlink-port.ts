/** A connection to the kernel's rtnetlink. Everything that arrives is untrusted. */
export interface NetlinkPort {
  /** Sends one request. */
  send(request: Uint8Array): void
  /** Idempotent. Nothing arrives any more. */
  close(): void
}

/** What a connection reports. */
export interface NetlinkListener {
  /** One datagram: one or more messages. Only valid during the call. */
  received(datagram: Uint8Array): void
  /** The connection is closed. `ENOBUFS`: messages were lost, because they came faster than they were read. */
  failed(error: Error): void
}

/**
 * Subscribes to the changes of links, addresses and routes, and returns the connection.
 *
 * @throws if that cannot be had here
 */
export type OpenNetlink = (listener: NetlinkListener) => NetlinkPort
