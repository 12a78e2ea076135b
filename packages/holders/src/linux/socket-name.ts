import { createHash } from 'node:crypto'
import type { Entry } from '../rendezvous.js'

/**
 * The length of every name after the leading NUL: the longest that fits. Node 20 pads shorter names with NULs and Node 22 does not, so
 * the same short name would be two. And no line that a line feed in a name could forge is this long.
 */
export const NAME_LENGTH = 107

/** The start of every name. The number changes with the meaning of the rest. */
export const PREFIX = 'roamkit1'

/** The longest text of an entry, in bytes of UTF-8. */
const LONGEST_TEXT = 1500

const DIGEST = 16
const MEMBER = 11
const HEAD_ROOM = NAME_LENGTH - PREFIX.length - 1 - DIGEST - MEMBER - DIGEST - 1
const PART_ROOM = NAME_LENGTH - PREFIX.length - 1 - DIGEST - 1
const PADDING = '.'
const PART = `${PREFIX}P`

/** The socket that is the lock of a key. */
export function lockName(key: string): string {
  return pad(`${PREFIX}L${digest(key)}`)
}

/** The socket where a member is notified. */
export function subscriptionName(key: string, member: string): string {
  return pad(`${subscriptionPrefix(key)}${member}`)
}

/** How the names of all subscriptions to a key begin. */
export function subscriptionPrefix(key: string): string {
  return `${PREFIX}B${digest(key)}`
}

/**
 * The sockets that make up an entry, in the order of binding. The head alone says that the member is present; all of them together say
 * what it says. So no program can make a member disappear by adding sockets to that member's.
 * @throws RangeError if the text is too long
 */
export function entryNames(key: string, member: string, text: string): readonly string[] {
  const bytes = Buffer.from(text)
  if (bytes.length > LONGEST_TEXT)
    throw new RangeError(`an entry has at most ${LONGEST_TEXT} bytes, not ${bytes.length}`)
  const body = bytes.toString('base64url')
  const sum = entryDigest(key, member, text)
  const parts: string[] = []
  for (let at = HEAD_ROOM; at < body.length; at += PART_ROOM) parts.push(body.slice(at, at + PART_ROOM))
  const head = `${headPrefix(key)}${member}${sum}${parts.length.toString(36)}${body.slice(0, HEAD_ROOM)}`
  const rest = parts.map((part, index) => pad(`${partPrefix(sum)}${index.toString(36)}${part}`))
  // The head comes last: a reader that sees it sees the rest.
  return [...rest, pad(head)]
}

/**
 * Parses the entries of a key from all names, in any order. An entry whose parts do not fit together has no text. If there are more
 * than `most` entries, none has a text: that is a flood, and nothing of it is read.
 */
export function parseEntries(
  key: string,
  names: readonly string[],
  most: number = Number.POSITIVE_INFINITY,
): readonly Entry[] {
  const prefix = headPrefix(key)
  const heads = names.filter((name) => name.startsWith(prefix))
  const isFlood = heads.length > most
  const parts = isFlood ? NONE : indexParts(names)
  return heads.map((name) => {
    const member = name.slice(prefix.length, prefix.length + MEMBER)
    return { member, text: isFlood ? null : readText(key, member, name.slice(prefix.length + MEMBER), parts) }
  })
}

const NONE: ReadonlyMap<string, string | null> = new Map()

/** All parts by their first characters, `null` if several parts share them. Goes through the names once. */
function indexParts(names: readonly string[]): ReadonlyMap<string, string | null> {
  const parts = new Map<string, string | null>()
  for (const name of names) {
    if (!name.startsWith(PART)) continue
    const start = name.slice(0, PART.length + DIGEST + 1)
    parts.set(start, parts.has(start) ? null : name.slice(start.length))
  }
  return parts
}

/** The statement that attests an entry. */
export function entryDigest(key: string, member: string, text: string): string {
  return digest(JSON.stringify([key, member, text]))
}

function readText(
  key: string,
  member: string,
  rest: string,
  parts: ReadonlyMap<string, string | null>,
): string | null {
  const sum = rest.slice(0, DIGEST)
  const count = Number.parseInt(rest.charAt(DIGEST), 36)
  if (Number.isNaN(count)) return null
  let body = rest.slice(DIGEST + 1)
  for (let index = 0; index < count; index += 1) {
    const part = parts.get(`${partPrefix(sum)}${index.toString(36)}`) ?? null
    if (part === null) return null
    body += part
  }
  const text = Buffer.from(strip(body), 'base64url').toString()
  return entryDigest(key, member, text) === sum ? text : null
}

function headPrefix(key: string): string {
  return `${PREFIX}M${digest(key)}`
}

function partPrefix(sum: string): string {
  return `${PART}${sum}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST)
}

function pad(name: string): string {
  return name.padEnd(NAME_LENGTH, PADDING)
}

function strip(body: string): string {
  const end = body.indexOf(PADDING)
  return end < 0 ? body : body.slice(0, end)
}
