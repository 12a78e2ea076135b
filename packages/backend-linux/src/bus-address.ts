import { realpathSync } from 'node:fs'
import { BusError } from './bus-port.js'

/** Where the system bus lives on every Linux distribution; the second name is the older one of the same place. */
const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket;unix:path=/var/run/dbus/system_bus_socket'

/**
 * The address of the system bus: `DBUS_SYSTEM_BUS_ADDRESS` where it is set, else the well-known sockets in turn.
 *
 * @param environment usually `process.env`
 */
export function systemBusAddress(environment: Readonly<Record<string, string | undefined>>): string {
  return environment.DBUS_SYSTEM_BUS_ADDRESS || SYSTEM_BUS
}

/**
 * The parts of a D-Bus address (separated by `;`) in the form dbus-next opens with Node's own sockets, in order.
 * Throws `ERR_BUS_ADDRESS` where none of them can be reached from Node, saying why.
 */
export function busAddresses(address: string): readonly string[] {
  const usable: string[] = []
  const refusals: string[] = []
  for (const part of address.split(';')) {
    if (part === '') continue
    const answer = usableForm(part)
    if ('form' in answer) usable.push(answer.form)
    else refusals.push(`${part}: ${answer.refusal}`)
  }
  if (usable.length > 0) return usable
  throw new BusError('ERR_BUS_ADDRESS', `no usable D-Bus address: ${refusals.join('; ') || 'it is empty'}`)
}

/**
 * A word for the bus at an address that is the same however the address is written: the place of its socket. The address itself
 * where there is no such socket.
 */
export function busPlace(address: string): string {
  for (const part of address.split(';')) {
    const answer = usableForm(part)
    const path = 'form' in answer ? /^unix:socket=(.*)$/.exec(answer.form)?.[1] : undefined
    if (path === undefined) continue
    try {
      return realpathSync(path)
    } catch {
      // Not this one: the next may be there.
    }
  }
  return address
}

function usableForm(part: string): { form: string } | { refusal: string } {
  const colon = part.indexOf(':')
  const family = part.slice(0, Math.max(colon, 0))
  const parameters = new Map(
    part
      .slice(colon + 1)
      .split(',')
      .map(keyAndValue),
  )
  if (family === 'tcp') return { form: part }
  if (family !== 'unix') return { refusal: `the transport '${family}' is not supported` }
  if (parameters.has('abstract'))
    return { refusal: 'Node cannot open abstract sockets; let the bus listen on unix:path= as well' }
  const path = parameters.get('path') ?? parameters.get('socket')
  if (!path) return { refusal: 'it names no socket' }
  // dbus-next splits at these itself and knows no escapes.
  if (/[:;,=]/.test(path)) return { refusal: "the socket's path contains one of : ; , =" }
  // With `path=` dbus-next would try to load the optional native module usocket, which crashes on current Node.
  return { form: `unix:socket=${path}` }
}

function keyAndValue(parameter: string): [string, string] {
  const equals = parameter.indexOf('=')
  return [parameter.slice(0, equals), unescaped(parameter.slice(equals + 1))]
}

function unescaped(value: string): string {
  return /%(?![0-9A-Fa-f]{2})/.test(value) ? value : decodeURIComponent(value)
}
