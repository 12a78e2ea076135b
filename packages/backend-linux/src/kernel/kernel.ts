import { orAborted } from '@roamkit/core/backend-kit'
import {
  type Backend,
  BackendError,
  type BackendHost,
  type Call,
  type Driver,
  keepAlive,
} from '@roamkit/core/contract'
import { linuxHolders } from '@roamkit/holders'
import { bootId, canBindSockets, hasCounters, networkNamespace } from '../kernel-files.js'
import { ActivationLedger } from './activation-ledger.js'
import { KernelBackend } from './kernel-backend.js'
import { deviceType, mayControl } from './machine.js'
import { Mirror } from './mirror.js'
import type { OpenNetlink } from './netlink-port.js'
import { openNetlinkSocket } from './netlink-socket.js'
import { Observer } from './observer.js'
import { loadSystemCalls } from './system-calls.js'
import { Translator } from './translator.js'

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

/**
 * A driver for Linux machines without a network service: it observes the interfaces, addresses and default routes of the kernel by rtnetlink
 * events, without polling. Nothing happens before `open`, which rejects with `ERR_NOT_SUPPORTED` if this is not Linux, or if neither koffi nor
 * `node:ffi` can be loaded; with `ERR_SERVICE_LOST` if the kernel gives no socket; or with `signal.reason`. An open backend keeps the process
 * alive until it is disposed.
 *
 * @throws TypeError or RangeError for an invalid option
 */
export function kernel(options: KernelOptions = {}): Driver {
  return kernelOver({ connect: netlinkOpener, mayControl }, options)
}

/** What the driver needs of the machine. */
export interface KernelMachine {
  /** @throws BackendError if no connection can be had */
  connect(receiveBuffer: number): OpenNetlink
  /** Whether this process may change interfaces. */
  mayControl(): boolean
}

/** Like {@link kernel}, over another machine than this one: for tests. */
export function kernelOver(machine: KernelMachine, options: KernelOptions = {}): Driver {
  const { control = false, receiveBuffer = 1_048_576, sys = '/sys', trustedUsers = [] } = options
  if (!(receiveBuffer > 0))
    throw new RangeError(`kernel: receiveBuffer must be more than 0 bytes, not ${receiveBuffer}`)
  // Shared by the backends of this driver, which have one scope.
  const ledger = new ActivationLedger()
  return {
    contract: 1,
    name: 'kernel',
    async open(host: BackendHost, call: Call): Promise<Backend> {
      call.signal.throwIfAborted()
      const open = machine.connect(receiveBuffer)
      const mirror = new Mirror()
      const namespace = networkNamespace()
      const translator = new Translator(mirror, {
        ledger,
        boot: bootId() ?? '',
        deviceType: (link) => deviceType(sys, link),
        control: control && machine.mayControl() ? 'yes' : 'no',
        scope: namespace === null ? null : `kernel ${namespace}`,
        statistics: hasCounters(sys),
        directRouting: canBindSockets(),
      })
      const observer = new Observer({
        open,
        mirror,
        host,
        updated: () => translator.update() && host.changed(),
        serviceChanged(service) {
          translator.setService(service)
          host.changed()
        },
      })
      const release = keepAlive(host.clock)
      const log = (event: string, detail?: object) => host.log(event, detail)
      try {
        await orAborted(observer.open(), call.signal)
        const holders = await linuxHolders({ clock: host.clock, log, trustedUsers })
        if (call.signal.aborted) await holders?.[Symbol.asyncDispose]()
        call.signal.throwIfAborted()
        return new KernelBackend({ observer, translator, holders, sys, control, release })
      } catch (error) {
        observer.close()
        release()
        if (error === call.signal.reason || error instanceof BackendError) throw error
        throw new BackendError('ERR_SERVICE_LOST', `kernel: no netlink socket: ${String(error)}`, {
          cause: error,
        })
      }
    },
  }
}

/** @throws BackendError with `ERR_NOT_SUPPORTED` if this platform has no netlink sockets, or if they are out of reach */
function netlinkOpener(receiveBuffer: number): OpenNetlink {
  if (process.platform !== 'linux')
    throw new BackendError('ERR_NOT_SUPPORTED', `kernel: ${process.platform} has no netlink sockets`)
  try {
    const calls = loadSystemCalls()
    return (listener) => openNetlinkSocket(calls, receiveBuffer, listener)
  } catch (cause) {
    throw new BackendError('ERR_NOT_SUPPORTED', `kernel: ${(cause as Error).message}`, { cause })
  }
}
