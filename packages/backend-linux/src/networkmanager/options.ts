/** Options of {@link networkManager}. */
export interface NetworkManagerOptions {
  /**
   * D-Bus address of the system bus. Node cannot open abstract sockets.
   *
   * @defaultValue `DBUS_SYSTEM_BUS_ADDRESS`, otherwise `/run/dbus/system_bus_socket`, otherwise `/var/run/dbus/system_bus_socket`
   */
  readonly busAddress?: string
  /**
   * How long NetworkManager may take to answer, in milliseconds. Activations wait as long as their caller does.
   *
   * @defaultValue 25000
   */
  readonly callTimeout?: number
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
  /**
   * Whether the Wi-Fi networks in range that have no profile are configurations, too (rule N1). To open one, a session needs `secrets` unless the
   * network is open. The profile that NetworkManager then gets is in memory only, and goes with the link.
   *
   * @defaultValue false
   */
  readonly visibleNetworks?: boolean
}
