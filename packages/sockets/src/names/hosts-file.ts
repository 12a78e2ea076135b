import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { ResolvedAddress } from './outcome.js'

/** The addresses of each name, in lower case. */
export type Hosts = ReadonlyMap<string, readonly ResolvedAddress[]>

/** A larger file is ignored. */
const LARGEST = 32 * 1024 * 1024

/** Where the system has its own table of names. */
export function systemHostsFile(): string {
  if (process.platform !== 'win32') return '/etc/hosts'
  return join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
}

/** What a file contained at that time. */
interface Read {
  readonly version: string
  readonly hosts: Hosts
}

const read = new Map<string, Read>()

/** The table of names in that file, which is read again when it has changed. A file that cannot be read contains none. */
export async function hostsIn(file: string): Promise<Hosts> {
  try {
    const { mtimeMs, size, ino, isRegular } = await stat(file).then((found) => {
      return { mtimeMs: found.mtimeMs, size: found.size, ino: found.ino, isRegular: found.isFile() }
    })
    if (!isRegular || size > LARGEST) return new Map()
    const version = `${mtimeMs} ${size} ${ino}`
    const known = read.get(file)
    if (known?.version === version) return known.hosts
    const hosts = parseHosts(await readFile(file, 'utf8'))
    read.set(file, { version, hosts })
    return hosts
  } catch {
    return new Map()
  }
}

/** hosts(5): an address and its names in each line; `#` begins a comment. Lines that are not like this are ignored. */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, ResolvedAddress[]>()
  for (const line of text.split(/[\r\n]+/)) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of new Set(names.map((one) => one.toLowerCase()))) {
      const known = hosts.get(name) ?? []
      known.push({ address, family: family === 6 ? 6 : 4 })
      hosts.set(name, known)
    }
  }
  return hosts
}
