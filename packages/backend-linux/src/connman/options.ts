/** Options of {@link connman}. */
export interface ConnmanOptions {
  /**
   * D-Bus address of the system bus. Node cannot open abstract sockets.
   *
   * @defaultValue `DBUS_SYSTEM_BUS_ADDRESS`, otherwise `/run/dbus/system_bus_socket`, otherwise `/var/run/dbus/system_bus_socket`
   */
  readonly busAddress?: string
  /**
   * How long ConnMan may take to answer, in milliseconds. Activations wait as long as their caller does.
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
   * Whether the Wi-Fi networks in range that ConnMan has not stored are configurations, too (rule N1). To open one, a session needs `secrets` unless
   * the network is open. ConnMan stores a network while it is connected to it, and this backend lets it forget the network afterwards.
   *
   * @defaultValue false
   */
  readonly visibleNetworks?: boolean
}
