import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { endianness } from 'node:os'
import { readTable } from './kernel-table.js'

/** How often other sockets are tried where some are taken. */
const ATTEMPTS = 3

/** What Linux lets any program have unasked, so that no service's port is taken away. */
const FIRST_PORT = 32_768
const PORTS = 28_232

/**
 * Vouches for something: has the kernel write down, for all to see, which user it is that says so. `/proc/net/unix` does not
 * tell the user of a socket, but `/proc/net/udp` does; so two UDP sockets are bound whose loopback addresses are a digest of
 * what is vouched for. Nothing is sent or read. Resolves to what takes them down, `null` where none can be bound.
 */
export async function vouch(statement: string): Promise<(() => void) | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const sockets = await bindAll(endpointsOf(statement, attempt))
    if (sockets !== null)
      return () => {
        for (const socket of sockets) socket.close()
      }
  }
  return null
}

/** The users that vouch for something, by number, as `/proc/net/udp` tells them. */
export function vouchers(statement: string, table = readTable('/proc/net/udp')): ReadonlySet<number> {
  const users = new Set<number>()
  if (table === null) return users
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const [one, two] = endpointsOf(statement, attempt).map((endpoint) => usersOf(table, endpoint))
    for (const user of one ?? []) if (two?.has(user)) users.add(user)
  }
  return users
}

interface Endpoint {
  readonly address: string
  readonly port: number
}

/** Two times 39 bits: too many to find another statement that has the same ones. */
function endpointsOf(statement: string, attempt: number): readonly Endpoint[] {
  const digest = createHash('sha256').update(`${attempt} ${statement}`).digest()
  return [0, 5].map((at) => ({
    address: `127.${digest[at]}.${digest[at + 1]}.${digest[at + 2]}`,
    port: FIRST_PORT + (digest.readUInt16BE(at + 3) % PORTS),
  }))
}

async function bindAll(endpoints: readonly Endpoint[]): Promise<readonly Socket[] | null> {
  const bound = await Promise.all(endpoints.map(bind))
  const sockets = bound.filter((socket) => socket !== null)
  if (sockets.length === bound.length) return sockets
  for (const socket of sockets) socket.close()
  return null
}

function bind({ address, port }: Endpoint): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: false })
    socket.once('error', () => {
      socket.close()
      resolve(null)
    })
    socket.once('listening', () => {
      socket.removeAllListeners('error')
      socket.on('error', () => undefined)
      resolve(socket)
    })
    socket.bind({ address, port, exclusive: true })
    socket.unref()
  })
}

function usersOf(table: string, endpoint: Endpoint): ReadonlySet<number> {
  const users = new Set<number>()
  const local = ` ${kernelForm(endpoint)} `
  for (let at = table.indexOf(local); at >= 0; at = table.indexOf(local, at + 1)) {
    const line = table.slice(at + 1, table.indexOf('\n', at)).split(/ +/)
    // Local and remote address, state, queues, timer, retransmissions, user.
    const user = Number(line[6])
    if (line[6] !== undefined && Number.isInteger(user)) users.add(user)
  }
  return users
}

/** Address and port as the kernel prints them: the address as a number in the machine's own order of bytes. */
function kernelForm({ address, port }: Endpoint): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
  if (endianness() === 'LE') bytes.reverse()
  return `${bytes.join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}
