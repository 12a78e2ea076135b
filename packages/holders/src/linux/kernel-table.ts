import { closeSync, openSync, readSync } from 'node:fs'
import { NAME_LENGTH, PREFIX } from './socket-name.js'

/** A longer table is a flood: this is room for some twenty thousand sockets, more than a machine has by itself. */
const LONGEST_TABLE = 4 * 1024 * 1024

/** A socket that listens under one of our names. */
export interface Listener {
  readonly name: string
  /** The kernel's number for it. */
  readonly inode: string
}

/** Reads a table of the kernel; `null` if it cannot be read or is too long. */
export function readTable(path: string): string | null {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const parts: Buffer[] = []
    const part = Buffer.allocUnsafe(64 * 1024)
    for (let length = 0; length <= LONGEST_TABLE; ) {
      const count = readSync(file, part)
      if (count === 0) return Buffer.concat(parts).toString('latin1')
      parts.push(Buffer.from(part.subarray(0, count)))
      length += count
    }
    return null
  } catch {
    return null
  } finally {
    closeSync(file)
  }
}

/**
 * The sockets that listen under our names, parsed from the text of `/proc/net/unix`. Connections have the name of the socket that
 * accepted them, and do not count. A line feed in a name starts a line that a stranger wrote, but no such line is long enough.
 */
export function parseListeners(table: string): readonly Listener[] {
  return parseSockets(table).flatMap(({ flags, name, inode }) =>
    flags === LISTENING ? [{ name, inode }] : [],
  )
}

/**
 * The kernel's number for the socket that has a name, whether or not it listens: a stranger may bind a name and leave it at that. If
 * there are several (the owner and its accepted connections), the one that is not connected counts.
 */
export function findOwner(table: string, name: string): string | null {
  const all = parseSockets(table).filter((socket) => socket.name === name)
  const rank = ({ state }: BoundSocket) => (state === UNCONNECTED ? 0 : 1)
  const [first] = all.sort((one, other) => rank(one) - rank(other) || Number(one.inode) - Number(other.inode))
  return first?.inode ?? null
}

interface BoundSocket extends Listener {
  readonly flags: string
  readonly state: string
}

function parseSockets(table: string): BoundSocket[] {
  const found: BoundSocket[] = []
  const mark = ` @${PREFIX}`
  for (let at = table.indexOf(mark); at >= 0; at = table.indexOf(mark, at + 1)) {
    const name = table.slice(at + 2, at + 2 + NAME_LENGTH)
    if (!/^[\w.-]+$/.test(name) || table[at + 2 + NAME_LENGTH] !== '\n') continue
    const start = table.slice(table.lastIndexOf('\n', at) + 1, at)
    const match = STREAM.exec(start)
    if (match === null) continue
    const [, flags = '', state = '', inode = ''] = match
    found.push({ name, inode, flags, state })
  }
  return found
}

/** Number, references, protocol, flags, a stream, state, inode. */
const STREAM = /^[0-9a-f]+: [0-9A-F]{8} 00000000 ([0-9A-F]{8}) 0001 ([0-9A-F]{2}) +(\d+)$/
const LISTENING = '00010000'
const UNCONNECTED = '01'
