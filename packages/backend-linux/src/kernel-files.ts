import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { release } from 'node:os'
import { canBindToDevice } from '@roamkit/core/backend-kit'
import type { Traffic, World } from '@roamkit/core/contract'

/** Whether this machine shows the counters of its interfaces under `sys`. */
export function hasCounters(sys: string): boolean {
  return existsSync(`${sys}/class/net`)
}

/** The bytes that went through an interface since it exists, read now; `null` if it is gone or no interface can have that name. */
export function readCounters(sys: string, name: string): Traffic | null {
  const received = readNumber(sys, name, 'statistics/rx_bytes')
  const written = readNumber(sys, name, 'statistics/tx_bytes')
  return received === null || written === null ? null : { received, written }
}

/** The bytes of the interface of a configuration, read now; `null` if it has none, or if this world counts none. */
export function trafficOf({ configurations, statistics }: World, id: string, sys: string): Traffic | null {
  const name = configurations.find((known) => known.id === id)?.interface?.name
  return name === undefined || !statistics ? null : readCounters(sys, name)
}

/** The kernel's index of an interface; `null` if it does not exist. */
export function readIndex(sys: string, name: string): number | null {
  return readNumber(sys, name, 'ifindex')
}

/** Whether a file of an interface says 1; `null` if the interface is gone, or the kernel does not answer. */
export function readFlag(sys: string, name: string, file: string): boolean | null {
  const value = readNumber(sys, name, file)
  return value === null ? null : value === 1
}

/** How often an interface has got a carrier since it exists; `null` if it does not exist. */
export function readCarrierPeriods(sys: string, name: string): number | null {
  return readNumber(sys, name, 'carrier_up_count')
}

/** Distinguishes this start of the machine from every other: eight hexadecimal digits. `null` if it cannot be read. */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}

/** Whether this program can bind a socket to an interface, so that its traffic uses no other one. */
export function canBindSockets(): boolean {
  return process.platform === 'linux' && canBindToDevice(release(), process.geteuid?.())
}

/** The network namespace of this process; `null` if it cannot be read. */
export function networkNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/net')
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}

function readNumber(sys: string, name: string, file: string): number | null {
  if (!isInterfaceName(name)) return null
  try {
    const value = Number(readFileSync(`${sys}/class/net/${name}/${file}`, 'latin1'))
    return Number.isFinite(value) ? value : null
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}

/**
 * Whether an interface of the kernel can have that name. The name comes from outside and becomes part of a path; each character is a
 * byte.
 */
function isInterfaceName(name: string): boolean {
  return !/[/:\0\t\n\v\f\r ]/.test(name) && !['', '.', '..'].includes(name) && Buffer.byteLength(name) <= 15
}

/** Whether the file system refused to answer (gone, not permitted, vanished during the read), so that there is nothing to report. */
function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
