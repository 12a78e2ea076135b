import { createHash } from 'node:crypto'
import type { Posting } from './ground.js'

/**
 * The length of every name, after the leading NUL: all that fits. Node 20 pads shorter ones with NULs and Node 22 does not,
 * so that the same short name would be two. And nothing as long as its line can be forged with a line feed in a name.
 */
export const NAME_LENGTH = 107

/** How every name begins; the number changes with the meaning of the rest. */
export const PREFIX = 'roamkit1'

/** The longest text of a posting, in bytes of UTF-8. */
const LONGEST_TEXT = 1500

const DIGEST = 16
const MEMBER = 11
const HEAD_ROOM = NAME_LENGTH - PREFIX.length - 1 - DIGEST - MEMBER - DIGEST - 1
const PART_ROOM = NAME_LENGTH - PREFIX.length - 1 - DIGEST - 1
const PADDING = '.'

/** The socket that is the lock of a key. */
export function lockName(key: string): string {
  return padded(`${PREFIX}L${digest(key)}`)
}

/** The socket that is the bell of a member. */
export function bellName(key: string, member: string): string {
  return padded(`${bellPrefix(key)}${member}`)
}

/** How the names of all bells of a key begin. */
export function bellPrefix(key: string): string {
  return `${PREFIX}B${digest(key)}`
}

/**
 * The sockets that are a posting, in the order in which they are to be bound: the first one says that the member is there, all
 * of them together what it says. So nobody who adds sockets to those of another can make that one disappear.
 * @throws RangeError where the text is too long
 */
export function postingNames(key: string, member: string, text: string): readonly string[] {
  const bytes = Buffer.from(text)
  if (bytes.length > LONGEST_TEXT)
    throw new RangeError(`a posting has at most ${LONGEST_TEXT} bytes, not ${bytes.length}`)
  const body = bytes.toString('base64url')
  const sum = postingDigest(key, member, text)
  const parts: string[] = []
  for (let at = HEAD_ROOM; at < body.length; at += PART_ROOM) parts.push(body.slice(at, at + PART_ROOM))
  const head = `${headPrefix(key)}${member}${sum}${parts.length.toString(36)}${body.slice(0, HEAD_ROOM)}`
  const rest = parts.map((part, index) => padded(`${partPrefix(sum)}${index.toString(36)}${part}`))
  // The head last: whoever sees it sees the rest.
  return [...rest, padded(head)]
}

/** The postings of a key among all names there are, in any order. What does not fit together has no text. */
export function postingsOf(key: string, names: readonly string[]): readonly Posting[] {
  const prefix = headPrefix(key)
  return names.flatMap((name) => {
    if (!name.startsWith(prefix)) return []
    const member = name.slice(prefix.length, prefix.length + MEMBER)
    return [{ member, text: textOf(key, member, name.slice(prefix.length + MEMBER), names) }]
  })
}

/** What a posting is vouched for by. */
export function postingDigest(key: string, member: string, text: string): string {
  return digest(JSON.stringify([key, member, text]))
}

function textOf(key: string, member: string, rest: string, names: readonly string[]): string | null {
  const sum = rest.slice(0, DIGEST)
  const count = Number.parseInt(rest.charAt(DIGEST), 36)
  if (!(count * PART_ROOM < LONGEST_TEXT * 2)) return null
  let body = rest.slice(DIGEST + 1)
  for (let index = 0; index < count; index += 1) {
    const prefix = `${partPrefix(sum)}${index.toString(36)}`
    const found = names.filter((name) => name.startsWith(prefix))
    const [part] = found
    if (found.length !== 1 || part === undefined) return null
    body += part.slice(prefix.length)
  }
  const text = Buffer.from(stripped(body), 'base64url').toString()
  return postingDigest(key, member, text) === sum ? text : null
}

function headPrefix(key: string): string {
  return `${PREFIX}M${digest(key)}`
}

function partPrefix(sum: string): string {
  return `${PREFIX}P${sum}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, DIGEST)
}

function padded(name: string): string {
  return name.padEnd(NAME_LENGTH, PADDING)
}

function stripped(body: string): string {
  const end = body.indexOf(PADDING)
  return end < 0 ? body : body.slice(0, end)
}
