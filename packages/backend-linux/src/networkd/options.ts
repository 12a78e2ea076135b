/** Options of {@link networkd}. */
export interface NetworkdOptions {
  /**
   * D-Bus address of the system bus. Node cannot open abstract sockets.
   *
   * @defaultValue `DBUS_SYSTEM_BUS_ADDRESS`, otherwise `/run/dbus/system_bus_socket`, otherwise `/var/run/dbus/system_bus_socket`
   */
  readonly busAddress?: string
  /**
   * How long systemd-networkd may take to answer, in milliseconds. Activations wait as long as their caller does.
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
   * Where systemd-networkd keeps the state of its links. It changes there also when no signal says so. Without it, changes of DNS servers and
   * search domains show with the next signal.
   *
   * @defaultValue '/run/systemd/netif/links'
   */
  readonly stateFolder?: string
}
