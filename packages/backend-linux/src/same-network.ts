import { readFileSync } from 'node:fs'
import type { Mirror } from './mirror.js'
import { DEVICE, WIRED, WIRELESS } from './names.js'
import { flag, text } from './property.js'

/** An interface that NetworkManager has, or that this process sees. */
export interface SeenInterface {
  readonly name: string
  /** In small letters; empty where it has none. */
  readonly hardwareAddress: string
}

/**
 * Whether NetworkManager's interfaces are those of this process: every one of its is here, by name, and at least one can be told
 * from others by its hardware address. A container may share the system's bus and have a network of its own; then the same links
 * have other holders than this process can see.
 * @param theirs NetworkManager's devices that exist
 * @param ours what this process sees; a name without hardware address decides nothing but whether it is there
 */
export function isSameNetwork(theirs: readonly SeenInterface[], ours: readonly SeenInterface[]): boolean {
  const here = new Map(ours.map(({ name, hardwareAddress }) => [name, hardwareAddress]))
  return (
    theirs.every(({ name }) => here.has(name)) &&
    theirs.some(
      ({ name, hardwareAddress }) => isTelling(hardwareAddress) && here.get(name) === hardwareAddress,
    )
  )
}

/** NetworkManager's wired and wireless devices, each of which is an interface of the kernel's; those that do not exist yet left out. */
export function devicesOf(mirror: Mirror): readonly SeenInterface[] {
  return [...mirror.having(DEVICE)].flatMap((path) => {
    const device = mirror.read(path, DEVICE)
    const isInterface = mirror.read(path, WIRED) !== undefined || mirror.read(path, WIRELESS) !== undefined
    if (!isInterface || flag(device, 'Real') === false) return []
    return [{ name: text(device, 'Interface'), hardwareAddress: text(device, 'HwAddress').toLowerCase() }]
  })
}

/**
 * The interfaces of this process' network. The names are of `/proc`, which shows the network of whoever reads it; the addresses of
 * `/sys`, which shows the one of whoever has mounted it.
 */
export function interfacesHere(sys: string, proc = '/proc'): readonly SeenInterface[] {
  const names = [...read(`${proc}/net/dev`).matchAll(/^\s*([^\s:|]+):/gm)].map(([, name = '']) => name)
  return names.map((name) => ({
    name,
    hardwareAddress: read(`${sys}/class/net/${name}/address`).trim().toLowerCase(),
  }))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // Gone, or not to be read: then there is nothing to compare.
    return ''
  }
}

/** All zeros is what every loopback has. */
function isTelling(hardwareAddress: string): boolean {
  return /[1-9a-f]/.test(hardwareAddress)
}
