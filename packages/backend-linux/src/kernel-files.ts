import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import type { Traffic } from '@roamkit/core/contract'

/** Whether this machine shows its interfaces' counters under `sys`. */
export function hasCounters(sys: string): boolean {
  return existsSync(`${sys}/class/net`)
}

/** Bytes through an interface since it exists, read now; `null` where it is gone or the name cannot be an interface's. */
export function readCounters(sys: string, name: string): Traffic | null {
  const received = readNumber(sys, name, 'statistics/rx_bytes')
  const written = readNumber(sys, name, 'statistics/tx_bytes')
  return received === null || written === null ? null : { received, written }
}

/** The kernel's index of an interface, `null` where it is not there. */
export function readIndex(sys: string, name: string): number | null {
  return readNumber(sys, name, 'ifindex')
}

/** The network namespace of this process, `null` where it cannot be told. */
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

/** Whether the kernel could call an interface so. A name comes from outside and becomes part of a path; other letters are bytes. */
function isInterfaceName(name: string): boolean {
  return !/[/:\0\t\n\v\f\r ]/.test(name) && !['', '.', '..'].includes(name) && Buffer.byteLength(name) <= 15
}

/** Any refusal of the file system (gone, not permitted, vanished while reading) means that there is nothing to tell. */
function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
