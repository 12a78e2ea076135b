import type { Driver, PassedOver, PickedBackend } from '@roamkit/core/contract'

/**
 * A driver that opens the first one whose service is there: only `ERR_SERVICE_LOST` leads to the next. Anything else, an
 * abort above all, is the answer, and so is what the last one rejects with. Tells the host which one it has picked.
 *
 * @param name the name of the whole
 * @param drivers asked for when it is opened, the best first, at least one
 */
export function firstOf(name: string, drivers: () => readonly Driver[]): Driver {
  return {
    contract: 1,
    name,
    async open(host, call) {
      call.signal.throwIfAborted()
      const passedOver: PassedOver[] = []
      const candidates = drivers()
      for (const [index, driver] of candidates.entries()) {
        try {
          let picked: PickedBackend = { name: driver.name, passedOver: [] }
          let isOpen = false
          const tell = () =>
            host.picked?.({ name: picked.name, passedOver: [...passedOver, ...picked.passedOver] })
          const backend = await driver.open(
            {
              changed: () => host.changed(),
              log: (event, detail) => host.log(event, detail),
              clock: host.clock,
              // A driver that picks, too: what it passed over comes after what was passed over here.
              picked: (now) => {
                picked = now
                if (isOpen) tell()
              },
            },
            call,
          )
          isOpen = true
          tell()
          return backend
        } catch (error) {
          call.signal.throwIfAborted()
          if (!isServiceMissing(error) || index === candidates.length - 1) throw error
          passedOver.push({ name: driver.name, error })
        }
      }
      throw new TypeError(`the driver '${name}' has nothing to open`)
    },
  }
}

/** By name and code, never by `instanceof`: two copies of the contract may be loaded. */
function isServiceMissing(error: unknown): error is Error {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  return name === 'BackendError' && code === 'ERR_SERVICE_LOST'
}
