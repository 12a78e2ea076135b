/** Options of {@link kernel}. */
export interface KernelOptions {
  /**
   * Whether sessions may switch interfaces on and off, which needs `CAP_NET_ADMIN`. To activate a link switches its interface on
   * (`ip link set up`), and to deactivate it switches it off. Nothing else is done: no address is obtained or restored. When an interface is
   * switched off, the kernel keeps its IPv4 addresses, but deletes its routes and, unless `keep_addr_on_down` is set, its IPv6 addresses. When
   * it is switched on again, the kernel itself restores only the link-local IPv6 address, and what a router advertises. So a link without
   * another program that configures it comes up without a default route. The kernel carries out the request before the call returns: with a
   * driver that loads firmware, this blocks the event loop.
   *
   * @defaultValue false
   */
  readonly control?: boolean
  /**
   * Bytes that the kernel keeps for messages that this process has not read yet. If they are exceeded, everything is read again. Without
   * `CAP_NET_ADMIN`, `net.core.rmem_max` is the limit.
   *
   * @defaultValue 1048576
   */
  readonly receiveBuffer?: number
  /**
   * Where the kernel shows its interfaces.
   *
   * @defaultValue '/sys'
   */
  readonly sys?: string
  /**
   * Other users, by number, whose processes are believed when they say that they brought a link up (rule H1), besides this user and
   * root. Holding a link needs no trust.
   *
   * @defaultValue none
   */
  readonly trustedUsers?: readonly number[]
}

/** @throws RangeError for an invalid option */
export function checkKernelOptions({ receiveBuffer = 1 }: KernelOptions): void {
  if (!(receiveBuffer > 0))
    throw new RangeError(`kernel: receiveBuffer must be more than 0 bytes, not ${receiveBuffer}`)
}
