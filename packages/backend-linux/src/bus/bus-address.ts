import { BusError } from './bus-port.js'

/** Where the system bus is on every Linux distribution. The second path is the older one of the same place. */
const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket;unix:path=/var/run/dbus/system_bus_socket'

/**
 * The address of the system bus: `DBUS_SYSTEM_BUS_ADDRESS` if it is set, otherwise the well-known sockets in turn.
 *
 * @param environment usually `process.env`
 */
export function systemBusAddress(environment: Readonly<Record<string, string | undefined>>): string {
  return environment.DBUS_SYSTEM_BUS_ADDRESS || SYSTEM_BUS
}

/** One part of a D-Bus address. */
export interface BusAddress {
  /** As it was written, for people. */
  readonly text: string
  /** What `net.connect` takes. */
  readonly socket: { readonly path: string } | { readonly host: string; readonly port: number }
}

/**
 * The parts of a D-Bus address (separated by `;`) that Node can open, in order: `unix:path=` and `tcp:`.
 *
 * @throws {@link BusError} with `ERR_BUS_ADDRESS` and the reasons if there are none
 */
export function busAddresses(address: string): readonly BusAddress[] {
  const usable: BusAddress[] = []
  const refusals: string[] = []
  for (const part of address.split(';')) {
    if (part === '') continue
    const read = readPart(part)
    if ('socket' in read) usable.push({ text: part, socket: read.socket })
    else refusals.push(`${part}: ${read.refusal}`)
  }
  if (usable.length > 0) return usable
  throw new BusError('ERR_BUS_ADDRESS', `no usable D-Bus address: ${refusals.join('; ') || 'it is empty'}`)
}

type Part = Pick<BusAddress, 'socket'> | { readonly refusal: string }

function readPart(part: string): Part {
  const colon = part.indexOf(':')
  const family = part.slice(0, Math.max(colon, 0))
  if (family !== 'unix' && family !== 'tcp') return { refusal: `the transport '${family}' is not supported` }
  const parameters = new Map<string, string>()
  for (const parameter of part.slice(colon + 1).split(',')) {
    const equals = parameter.indexOf('=')
    const value = decodeEscapes(parameter.slice(equals + 1))
    if (value === null) return { refusal: `'${parameter}' is not properly escaped` }
    parameters.set(parameter.slice(0, Math.max(equals, 0)), value)
  }
  return family === 'tcp' ? tcpSocket(parameters) : unixSocket(parameters)
}

function unixSocket(parameters: ReadonlyMap<string, string>): Part {
  // Node would pad the name with zero bytes to the longest possible one, which is another name.
  if (parameters.has('abstract'))
    return { refusal: 'Node cannot open abstract sockets; let the bus listen on unix:path= as well' }
  const path = parameters.get('path') ?? parameters.get('socket')
  if (!path) return { refusal: 'it names no socket' }
  return path.includes('\0') ? { refusal: 'a path with a zero byte in it' } : { socket: { path } }
}

function tcpSocket(parameters: ReadonlyMap<string, string>): Part {
  const port = Number(parameters.get('port'))
  if (!(Number.isInteger(port) && port > 0 && port < 65536)) return { refusal: 'it names no port' }
  return { socket: { host: parameters.get('host') || 'localhost', port } }
}

/** `%xx` is a byte, and the bytes are UTF-8. `null` for anything else that begins with `%`, and for other bytes. */
function decodeEscapes(value: string): string | null {
  try {
    return decodeURIComponent(value)
  } catch {
    // A URIError, which says nothing more.
    return null
  }
}
