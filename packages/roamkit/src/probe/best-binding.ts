import { isLoopback } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { type Binding, createSocket, LinkError } from '@roamkit/sockets'
import { type Remote, type Route, routeTo } from './route.js'
import { isLoopbackLink, isOutdated, isThisMachine } from './this-machine.js'

/** How the sockets of an attempt are to be bound. */
export interface Way {
  readonly binding: Exclude<Binding, 'none'>
  /** Where packets to the far end go now: through the link, if the sockets are bound to its device. */
  route(): Promise<Route>
}

const BY_DEVICE: Way = { binding: 'device', route: async () => 'through' }

/**
 * Makes an attempt with sockets that are bound to the link's device. Where that is not possible, it makes the attempt once more, with sockets that
 * are bound to the link's address; the system's routes then decide which link is used.
 * @param attempt must reject with the error of a socket that cannot be bound
 */
export async function withBestBinding<Value>(
  link: LinkInterface,
  remote: Remote,
  attempt: (way: Way) => Promise<Value>,
): Promise<Value> {
  if (reachesByDevice(link, remote)) {
    try {
      return await attempt(BY_DEVICE)
    } catch (error) {
      if (!isBindError(error)) throw error
    }
  }
  return attempt({ binding: 'address', route: () => routeTo(link, remote) })
}

/** Whether a socket could not be bound to its link. Then nothing was sent. */
export function isBindError(error: unknown): error is LinkError {
  return error instanceof LinkError && (error.code === 'ERR_BIND_FAILED' || error.code === 'ERR_BIND_DENIED')
}

/** Whether sockets can be bound to the link's device. Nothing is sent. */
export function bindsToDevice(link: LinkInterface): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const end = (error: unknown) => {
      socket?.close()
      if (error === null || isBindError(error)) resolve(error === null)
      else reject(error)
    }
    let socket: ReturnType<typeof createSocket> | null = null
    try {
      socket = createSocket(link, { type: 'udp4', binding: 'device' })
      socket.on('error', end).on('listening', () => end(null))
      socket.bind()
    } catch (error) {
      end(error)
    }
  })
}

/** No device leads to this machine itself but the loopback. */
function reachesByDevice(link: LinkInterface, { address }: Remote): boolean {
  if (isOutdated(link)) return false
  return isLoopbackLink(link) ? isLoopback(address) : !isThisMachine(link, address)
}
