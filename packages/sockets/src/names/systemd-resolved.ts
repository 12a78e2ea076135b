import { isIP, SocketAddress } from 'node:net'
import type { Outcome, ResolvedAddress } from './outcome.js'
import { callVarlink } from './varlink.js'

/** A name, and the link through which it is looked up. */
export interface ResolvedQuery {
  /** The path of the Varlink socket. */
  readonly socket: string
  readonly name: string
  /** Search domains are not used. */
  readonly isAbsolute: boolean
  /** 0: both. */
  readonly family: 0 | 4 | 6
  /** The index of the link. */
  readonly index: number
  /** In milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

const AF = { 0: 0, 4: 2, 6: 10 } as const

/** The flag SD_RESOLVED_NO_SEARCH. */
const NO_SEARCH = 1 << 8

/** Its errors that say that the name has no such address. */
const NO_NAME: readonly string[] = ['NoSuchResourceRecord', 'ResourceRecordTypeUnsupported', 'NoSource']

/** The code of a DNS answer that says that the name does not exist. */
const NXDOMAIN = 3

/**
 * Looks a name up by systemd-resolved, through one link only.
 * @returns `null` if it does not run, or knows no name server of that link
 * @throws (rejects) `signal.reason`
 */
export async function askResolved({
  socket,
  name,
  isAbsolute,
  family,
  index,
  timeout,
  signal,
}: ResolvedQuery): Promise<Outcome | null> {
  const parameters = { name, family: AF[family], flags: isAbsolute ? NO_SEARCH : 0, ifindex: index }
  const method = 'io.systemd.Resolve.ResolveHostname'
  const reply = await callVarlink({ socket, method, parameters, timeout, signal })
  if (reply === null) return null
  if (reply.kind === 'timeout') return { kind: 'noReply' }
  if (reply.kind === 'error') return outcomeOf(reply.error, reply.parameters.rcode)
  const { addresses } = reply.parameters
  if (!Array.isArray(addresses)) return null
  const found = addresses.map(addressIn).filter((one) => one !== null)
  const wanted = found.filter((one) => family === 0 || one.family === family)
  return wanted.length === 0 ? { kind: 'noName' } : { kind: 'found', addresses: wanted }
}

/** What an error of systemd-resolved means. */
function outcomeOf(error: string, rcode: unknown): Outcome | null {
  const [, own] = /^io\.systemd\.Resolve\.(.*)$/.exec(error) ?? []
  // Errors of the protocol itself: this version has no such method, or not these parameters.
  if (own === undefined || own === 'NoNameServers') return null
  if (NO_NAME.includes(own) || (own === 'DNSError' && rcode === NXDOMAIN)) return { kind: 'noName' }
  return { kind: own === 'DNSError' || own.startsWith('DNSSEC') ? 'serverFailure' : 'noReply' }
}

/** An address as systemd-resolved writes it: its family, and its bytes. */
function addressIn(value: unknown): ResolvedAddress | null {
  const { family, address } = (value ?? {}) as { family?: unknown; address?: unknown }
  if (!Array.isArray(address)) return null
  if (!address.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) return null
  if (family === AF[4] && address.length === 4) return { address: address.join('.'), family: 4 }
  if (family !== AF[6] || address.length !== 16) return null
  const text = Buffer.from(address)
    .toString('hex')
    .replace(/(.{4})(?!$)/g, '$1:')
  return isIP(text) === 6
    ? { address: new SocketAddress({ address: text, family: 'ipv6' }).address, family: 6 }
    : null
}
