import { lazyDriver } from '@roamkit/core/backend-kit'
import type { Driver } from '@roamkit/core/contract'
import { checkKernelOptions, type KernelOptions } from './options.js'

/**
 * A driver for Linux machines without a network service: it observes the interfaces, addresses and default routes of the kernel by rtnetlink
 * events, without polling. Nothing happens before `open`, which rejects with `ERR_NOT_SUPPORTED` if this is not Linux, or if neither koffi nor
 * `node:ffi` can be loaded; with `ERR_SERVICE_LOST` if the kernel gives no socket; or with `signal.reason`. An open backend keeps the process
 * alive until it is disposed.
 *
 * @throws TypeError or RangeError for an invalid option
 */
export function kernel(options: KernelOptions = {}): Driver {
  checkKernelOptions(options)
  return lazyDriver('kernel', async () => {
    const { kernelOver, thisMachine } = await import('./kernel.js')
    return kernelOver(thisMachine, options)
  })
}
