import { readFileSync } from 'node:fs'
import { networkInterfaces, release } from 'node:os'
import { canBindToDevice } from '@roamkit/core/backend-kit'
import type { Traffic } from '@roamkit/core/contract'
import {
  defaultRouteOwner,
  defaultRouteOwners,
  defaultRouteOwners6,
  interfaceNames,
  interfaceTraffic,
} from './proc-net.js'

/** One address, as `os.networkInterfaces` reports it. Declared here so that the types do not depend on Node's. */
export interface InterfaceAddress {
  /** IPv4 or IPv6, without the prefix length. */
  readonly address: string
  /** The address with its prefix length; `null` if the netmask is invalid. */
  readonly cidr: string | null
  /** The address family. */
  readonly family: 'IPv4' | 'IPv6'
  /** Whether the interface is the loopback or another internal one. */
  readonly internal: boolean
  /** The hardware address. */
  readonly mac: string
  /** The netmask of the address. */
  readonly netmask: string
  /** IPv6 only: the interface index for a link-local address, otherwise 0. */
  readonly scopeid?: number | undefined
}

/** The result of `os.networkInterfaces`: addresses by interface name. */
export interface Interfaces {
  readonly [name: string]: readonly InterfaceAddress[] | undefined
}

/** Reads the machine. All calls are synchronous and take microseconds. */
export interface SystemReader {
  /** The interfaces that are up and have addresses. Throws the errors of the system. */
  interfaces(): Interfaces
  /** The names of all interfaces, up or not; `null` if not known. */
  existing(): ReadonlySet<string> | null
  /** The interface of the default route; `null` if there is none or it is not known. */
  defaultInterface(): string | null
  /** The interfaces that have a default route; `null` if not known. */
  defaultRoutes(): ReadonlySet<string> | null
  /** The byte counters of an interface; `null` if there are none. */
  traffic(name: string): Traffic | null
  /** Whether `traffic` returns counters. */
  readonly statistics: boolean
  /** Whether this program can bind a socket to one interface, so that its traffic uses no other one. */
  readonly directRouting: boolean
}

/** A reader that knows only the interfaces and, optionally, the names of all that exist. */
export function interfacesOnly(
  interfaces: () => Interfaces,
  existing: SystemReader['existing'] = () => null,
): SystemReader {
  return {
    interfaces,
    existing,
    defaultInterface: () => null,
    defaultRoutes: () => null,
    traffic: () => null,
    statistics: false,
    directRouting: false,
  }
}

/** The reader for this machine. On Linux it also reads the names of all interfaces, default routes and byte counters from `/proc`. */
export function systemReader(platform: string): SystemReader {
  // On Windows a socket with an address of one interface sends through that interface (the strong host model).
  if (platform !== 'linux')
    return { ...interfacesOnly(networkInterfaces), directRouting: platform === 'win32' }
  return {
    interfaces: networkInterfaces,
    existing: existingInterfaces,
    defaultInterface: () => defaultRouteOwner(kernelText(ROUTES), kernelText(ROUTES_6)),
    defaultRoutes,
    traffic: (name) => interfaceTraffic(kernelText(DEVICES) ?? '', name),
    statistics: kernelText(DEVICES) !== null,
    directRouting: canBindToDevice(release(), process.geteuid?.()),
  }
}

/**
 * The files of this process, which exist even if `/proc` shows nothing but processes (systemd's `ProcSubset=pid`). /sys/class/net is not
 * used: after `unshare --net` it may still show the interfaces of another namespace under the same names.
 */
const ROUTES = '/proc/self/net/route'
const ROUTES_6 = '/proc/self/net/ipv6_route'
const DEVICES = '/proc/self/net/dev'

function existingInterfaces(): ReadonlySet<string> | null {
  const text = kernelText(DEVICES)
  return text === null ? null : interfaceNames(text)
}

function defaultRoutes(): ReadonlySet<string> | null {
  const [four, six] = [kernelText(ROUTES), kernelText(ROUTES_6)]
  if (four === null && six === null) return null
  return new Set([...defaultRouteOwners(four ?? ''), ...defaultRouteOwners6(six ?? '')])
}

/** Reads a file of the kernel; `null` if it is missing or unreadable (no IPv4, a strict sandbox). */
function kernelText(path: string): string | null {
  return nullIfMissing(() => readFileSync(path, 'utf8'))
}

function nullIfMissing(read: () => string): string | null {
  try {
    return read()
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
