import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { endianness } from 'node:os'

/** The ephemeral ports of Linux, so that no service's port is taken away. */
const FIRST_PORT = 32_768
const PORTS = 28_232

/** How much of a digest an endpoint uses, in bytes. */
const ENDPOINT_BYTES = 5

/** A UDP address of the loopback network. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/**
 * `shared`: together with any number of other shared sockets, of any process and user. `exclusive`: only if no other socket is bound,
 * and no other can bind in the meantime. The kernel decides, and frees the endpoint when the process dies.
 */
export type Sharing = 'shared' | 'exclusive'

/** Derives `count` endpoints (at most six) from a text: 39 bits each. */
export function deriveEndpoints(text: string, count: number): readonly Endpoint[] {
  const digest = createHash('sha256').update(text).digest()
  return Array.from({ length: count }, (_, index) => {
    const at = index * ENDPOINT_BYTES
    return {
      address: `127.${digest[at]}.${digest[at + 1]}.${digest[at + 2]}`,
      port: FIRST_PORT + (digest.readUInt16BE(at + 3) % PORTS),
    }
  })
}

/**
 * Binds a UDP socket. Nothing is sent or read, and it keeps no process alive. Resolves to `null` if the endpoint is taken.
 * @throws (rejects) as the system refuses it: no descriptors, no loopback, forbidden
 */
export function bind({ address, port }: Endpoint, sharing: Sharing): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: sharing === 'shared' })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    socket.once('listening', () => {
      socket.removeAllListeners('error')
      socket.on('error', () => undefined)
      resolve(socket)
    })
    // Exclusive in the sense of node:cluster, whose workers would otherwise share one socket of the primary.
    socket.bind({ address, port, exclusive: true })
    socket.unref()
  })
}

/** Address and port as the kernel prints them: the address as a number in the machine's byte order. */
export function formatForKernel({ address, port }: Endpoint): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
  if (endianness() === 'LE') bytes.reverse()
  return `${bytes.join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}
