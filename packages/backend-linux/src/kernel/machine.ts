import { existsSync, readFileSync } from 'node:fs'
import { readIndex } from '../kernel-files.js'
import type { KernelLink } from './rtnetlink.js'

const CAP_NET_ADMIN = 12n

/** Whether this process may change interfaces, according to its effective capabilities. Only an attempt shows it for certain. */
export function mayControl(): boolean {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status') ?? '') ?? []
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n
}

/**
 * The `DEVTYPE` of the device of an interface, such as `wwan`; `wlan` for whatever has the parts of a Wi-Fi device; `null` if there is none, or if
 * `sys` shows another network namespace.
 */
export function deviceType(sys: string, { name, index }: Pick<KernelLink, 'name' | 'index'>): string | null {
  if (readIndex(sys, name) !== index) return null
  const folder = `${sys}/class/net/${name}`
  if (['wireless', 'phy80211'].some((part) => existsSync(`${folder}/${part}`))) return 'wlan'
  return /^DEVTYPE=(.+)$/m.exec(read(`${folder}/uevent`) ?? '')?.[1] ?? null
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return null
    throw error
  }
}
