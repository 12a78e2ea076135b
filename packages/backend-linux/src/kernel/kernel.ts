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
import type { KernelOptions } from './options.js'
import { loadSystemCalls } from './system-calls.js'
import { Translator } from './translator.js'

/** What the driver needs of the machine. */
export interface KernelMachine {
  /** @throws BackendError if no connection can be had */
  connect(receiveBuffer: number): OpenNetlink
  /** Whether this process may change interfaces. */
  mayControl(): boolean
}

/** What `kernel()` loads, over {@link thisMachine} or, in a test, another one. */
export function kernelOver(machine: KernelMachine, options: KernelOptions = {}): Driver {
  const { control = false, receiveBuffer = 1_048_576, sys = '/sys', trustedUsers = [] } = options
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
        const ready = orAborted(observer.open(), call.signal)
        const [holders] = await Promise.all([
          linuxHolders({ clock: host.clock, log, trustedUsers, ready }),
          ready,
        ])
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

/** The machine that this process runs on. */
export const thisMachine: KernelMachine = { connect: netlinkOpener, mayControl }

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
