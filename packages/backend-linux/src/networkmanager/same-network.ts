import { readFileSync, readlinkSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { flag, number, text } from '../bus/property.js'
import type { Mirror } from './objects/mirror.js'
import { DEVICE, WIRED, WIRELESS } from './objects/names.js'
import { hardwareAddress } from './translate/interface-facts.js'

/** A device of NetworkManager that is an interface of the kernel. */
export interface SeenDevice {
  readonly name: string
  /** In lower case; `null` if it has none that distinguishes it. */
  readonly hardwareAddress: string | null
  /** Whether containers make and remove it at any time, so that its absence says nothing. */
  readonly isPassing: boolean
}

/** The interfaces of this process's network, by name, each with its hardware address if that is known. */
export type SeenInterfaces = ReadonlyMap<string, string | null>

const VETH = 20

/**
 * Whether NetworkManager's interfaces are those of this process: at least one exists here with the same name and a distinctive hardware
 * address, and none is missing except passing ones. A container may share the system's bus and have a network of its own; then the same
 * links have other holders than this process can see. `false` also if there is nothing to compare.
 *
 * @param theirs NetworkManager's devices that exist
 * @param ours the interfaces of this process
 */
export function isSameNetwork(theirs: readonly SeenDevice[], ours: SeenInterfaces): boolean {
  return (
    theirs.every(({ name, isPassing }) => isPassing || ours.has(name)) &&
    theirs.some(({ name, hardwareAddress }) => hardwareAddress !== null && ours.get(name) === hardwareAddress)
  )
}

/** NetworkManager's wired and wireless devices, each of which is an interface of the kernel, without those that do not exist yet. */
export function devicesOf(mirror: Mirror): readonly SeenDevice[] {
  return [...mirror.pathsWith(DEVICE)].flatMap((path) => {
    const device = mirror.read(path, DEVICE)
    const isInterface = mirror.read(path, WIRED) !== undefined || mirror.read(path, WIRELESS) !== undefined
    if (!isInterface || flag(device, 'Real') === false) return []
    return [
      {
        name: text(device, 'Interface'),
        hardwareAddress: distinctiveAddress(text(device, 'HwAddress')),
        isPassing: number(device, 'DeviceType') === VETH,
      },
    ]
  })
}

/**
 * Reads the interfaces of this process's network. The names come from `/proc/self`, which shows the network of its reader. The
 * addresses come from the kernel itself if it lists the interface, otherwise from `/sys`. That shows the network of the process that
 * mounted it, so it is ignored if it contradicts the kernel. Empty if nothing can be read, as when no descriptor is left.
 */
export function readInterfaces(sys: string, proc = '/proc'): SeenInterfaces {
  const known = kernelAddresses()
  const ours = new Map<string, string | null>()
  for (const name of namesIn(read(`${proc}/self/net/dev`))) ours.set(name, known.get(name) ?? null)
  const mounted = new Map(
    [...ours.keys()].map((name) => [name, distinctiveAddress(read(`${sys}/class/net/${name}/address`))]),
  )
  const isForeign = [...known].some(([name, address]) => (mounted.get(name) ?? address) !== address)
  if (!isForeign) for (const [name, address] of mounted) ours.set(name, ours.get(name) ?? address)
  return ours
}

/** The names in the text of `/proc/net/dev`: after two lines of headings, each up to the first colon, which no name can contain. */
function namesIn(table: string): readonly string[] {
  const lines = table.split('\n').slice(2)
  return lines.flatMap((line) => (line.includes(':') ? [line.slice(0, line.indexOf(':')).trimStart()] : []))
}

/** The addresses of the interfaces that are up and have one. */
function kernelAddresses(): ReadonlyMap<string, string> {
  try {
    return new Map(
      Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
        const address = distinctiveAddress(addresses[0]?.mac ?? '')
        return address === null ? [] : [[name, address] as const]
      }),
    )
  } catch {
    // No descriptor left, or not permitted: there is nothing to compare.
    return new Map()
  }
}

/**
 * Whether that process, if it is NetworkManager, has this process's network namespace. `null` if that is unknown: the process cannot be
 * read (it is root's), or the bus counts processes in another namespace, so that the number is another process here.
 */
export function hasThisNamespace(pid: number | null, proc = '/proc'): boolean | null {
  if (pid === null || read(`${proc}/${pid}/comm`).trim() !== 'NetworkManager') return null
  const [theirs, ours] = [namespaceOf(`${proc}/${pid}`), namespaceOf(`${proc}/self`)]
  return theirs === null || ours === null ? null : theirs === ours
}

/** The network namespace of a process by its folder in `/proc`; `null` if it cannot be read. Needs no descriptor. */
function namespaceOf(folder: string): string | null {
  try {
    return readlinkSync(`${folder}/ns/net`)
  } catch {
    // The process is gone, or belongs to another user.
    return null
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Gone or unreadable: there is nothing to compare.
    return ''
  }
}

/** A hardware address that distinguishes an interface from others, in lower case; every loopback has all zeros. */
function distinctiveAddress(address: string): string | null {
  return hardwareAddress(address.trim())
}
