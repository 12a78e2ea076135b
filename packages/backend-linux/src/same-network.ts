import { readFileSync, readlinkSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Mirror } from './networkmanager/mirror.js'
import { DEVICE, WIRED, WIRELESS } from './networkmanager/names.js'
import { flag, number, text } from './networkmanager/property.js'
import { hardwareAddress } from './translate/interface-facts.js'

/** A device of NetworkManager's that is an interface of the kernel's. */
export interface SeenDevice {
  readonly name: string
  /** In small letters; `null` where it has none that could tell. */
  readonly hardwareAddress: string | null
  /** Made and removed with containers at any time, so that its absence says nothing. */
  readonly isPassing: boolean
}

/** The interfaces of this process' network, by name, each with its hardware address where that can be told. */
export type SeenInterfaces = ReadonlyMap<string, string | null>

const VETH = 20

/**
 * Whether NetworkManager's interfaces are those of this process: at least one is here under its name with a hardware address that
 * tells it from others, and none that stays is missing. A container may share the system's bus and have a network of its own;
 * then the same links have other holders than this process can see. `false` also where nothing tells.
 *
 * @param theirs NetworkManager's devices that exist
 * @param ours what this process sees
 */
export function isSameNetwork(theirs: readonly SeenDevice[], ours: SeenInterfaces): boolean {
  return (
    theirs.every(({ name, isPassing }) => isPassing || ours.has(name)) &&
    theirs.some(({ name, hardwareAddress }) => hardwareAddress !== null && ours.get(name) === hardwareAddress)
  )
}

/** NetworkManager's wired and wireless devices, each of which is an interface of the kernel's; those that do not exist yet left out. */
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
 * The interfaces of this process' network. The names are of `/proc/self`, which shows the network of whoever reads it; the
 * addresses of the kernel itself, where it lists the interface, else of `/sys`, which shows the network of whoever has mounted it
 * and is not asked where it contradicts. Empty where nothing can be read, as with no descriptor left.
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

/** Of the interfaces that are up and have addresses. */
function kernelAddresses(): ReadonlyMap<string, string> {
  try {
    return new Map(
      Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
        const address = distinctiveAddress(addresses[0]?.mac ?? '')
        return address === null ? [] : [[name, address] as const]
      }),
    )
  } catch {
    // No descriptor left, or not permitted: then there is nothing to compare.
    return new Map()
  }
}

/**
 * Whether that process, where it is NetworkManager, has this process' network namespace; `null` where it cannot be told: it may not
 * be read (it is root's), or the bus counts processes in another namespace, so that the number is another process here.
 */
export function hasThisNamespace(pid: number | null, proc = '/proc'): boolean | null {
  if (pid === null || read(`${proc}/${pid}/comm`).trim() !== 'NetworkManager') return null
  const [theirs, ours] = [namespaceOf(`${proc}/${pid}`), namespaceOf(`${proc}/self`)]
  return theirs === null || ours === null ? null : theirs === ours
}

/** The network namespace of a process by its folder in `/proc`, `null` where it cannot be told. Takes no descriptor. */
function namespaceOf(folder: string): string | null {
  try {
    return readlinkSync(`${folder}/ns/net`)
  } catch {
    // Gone, or somebody else's.
    return null
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Gone, or not to be read: then there is nothing to compare.
    return ''
  }
}

/** A hardware address that could tell an interface from others: all zeros is what every loopback has. */
function distinctiveAddress(address: string): string | null {
  return /[1-9a-f]/i.test(address) ? hardwareAddress(address.trim()) : null
}
