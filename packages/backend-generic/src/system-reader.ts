import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Traffic } from '@roamkit/core/contract'
import { defaultRouteOwners, defaultRouteOwners6, interfaceNames, interfaceTraffic } from './proc-net.js'

/** One address, as `os.networkInterfaces` has it; in words of our own, so that the types need none of Node's. */
export interface InterfaceAddress {
  readonly address: string
  /** With the length of the prefix; `null` where the netmask makes no sense. */
  readonly cidr: string | null
  readonly family: 'IPv4' | 'IPv6'
  /** Whether it is of the loopback or another interface that leads nowhere. */
  readonly internal: boolean
  readonly mac: string
  readonly netmask: string
  /** Of IPv6 only: the index of the interface for a link-local address, else 0. */
  readonly scopeid?: number | undefined
}

/** What `os.networkInterfaces` answers: addresses by the name of the interface. */
export interface Interfaces {
  readonly [name: string]: readonly InterfaceAddress[] | undefined
}

/** How the machine is asked; all of it is synchronous and takes microseconds. */
export interface SystemReader {
  /** The interfaces that are up and have addresses. Throws what the system throws. */
  interfaces(): Interfaces
  /** The names of all interfaces that there are, up or not; `null` where nobody can tell. */
  existing(): ReadonlySet<string> | null
  /** The interface of the default route; `null` where there is none or nobody can tell. */
  defaultInterface(): string | null
  /** The interfaces that have a default route; `null` where nobody can tell. */
  defaultRoutes(): ReadonlySet<string> | null
  /** The bytes through an interface; `null` where there is none or nobody can tell. */
  traffic(name: string): Traffic | null
  /** Whether `traffic` can tell. */
  readonly statistics: boolean
}

/** A reader that knows nothing but interfaces, and which there are at all where that is given. */
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
  }
}

/** The reader for this machine: on Linux the kernel's files add which interfaces there are, the default route and bytes. */
export function systemReader(platform: string): SystemReader {
  if (platform !== 'linux') return interfacesOnly(networkInterfaces)
  return {
    interfaces: networkInterfaces,
    existing: existingInterfaces,
    defaultInterface: () => defaultRouteOwners(kernelText(ROUTES) ?? '')[0] ?? null,
    defaultRoutes,
    traffic: (name) => interfaceTraffic(kernelText(DEVICES) ?? '', name),
    statistics: kernelText(DEVICES) !== null,
  }
}

/**
 * Of this process, which are there also where `/proc` shows no more than processes (systemd's `ProcSubset=pid`). Nothing is asked of
 * /sys/class/net: after `unshare --net` that may still show the interfaces of another namespace, under the same names.
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

/** A file of the kernel's; `null` where it is kept from us or there is none (no IPv4, a strict sandbox). */
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
