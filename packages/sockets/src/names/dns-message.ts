import { randomInt } from 'node:crypto'
import { isIP } from 'node:net'
import { type Answer, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import type { Outcome } from './outcome.js'

/** The records that contain addresses, by family. */
const TYPES = { 4: 'A', 6: 'AAAA' } as const

/** More aliases in a row are not followed: they may be a circle. */
const MOST_ALIASES = 16

/** A longer message is ignored, in bytes. It would take long to decode if it was made for that. */
const LONGEST = 16_384

/** What a message says about a question. */
export type Reply =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  /** The answer does not fit into a datagram. */
  | { readonly kind: 'truncated' }

/** A question for the addresses of a name, under an id of its own. */
export interface Question {
  /** The message to send. */
  readonly message: Buffer
  /** What a message answers to it; `null` for what is not an answer to it. */
  replyIn(message: Buffer): Reply | null
}

/** Asks for the addresses of one family. */
export function question(name: string, family: 4 | 6): Question {
  const id = randomInt(65_536)
  const type = TYPES[family]
  const message = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name }] })
  return {
    message,
    replyIn(received) {
      if (received.length > LONGEST) return null
      // An answer that was cut off may end within a record, so only its header is read.
      if (isTruncated(received, id)) return { kind: 'truncated' }
      const { type: kind, id: answered, rcode, questions = [], answers = [] } = decoded(received) ?? {}
      if (kind !== 'response' || answered !== id) return null
      const isOurs = questions.every(
        (one) => one.type === type && one.class === 'IN' && plain(one.name) === plain(name),
      )
      // A server that cannot read a question may leave it out.
      const isComplete = questions.length === 1 || (questions.length === 0 && rcode !== 'NOERROR')
      if (!isOurs || !isComplete) return null
      return { kind: 'outcome', outcome: outcomeOf(rcode, addressesIn(answers, name, family)) }
    },
  }
}

function outcomeOf(rcode: string | undefined, addresses: readonly string[]): Outcome {
  if (rcode === 'NXDOMAIN') return { kind: 'noName' }
  if (rcode !== 'NOERROR') return { kind: 'serverFailure' }
  if (addresses.length === 0) return { kind: 'noName' }
  return {
    kind: 'found',
    addresses: addresses.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 })),
  }
}

/** A response with that id and the bit TC. */
function isTruncated(message: Buffer, id: number): boolean {
  if (message.length < 12 || message.readUInt16BE(0) !== id) return false
  const flags = message.readUInt16BE(2)
  return (flags & 0x8000) !== 0 && (flags & 0x0200) !== 0
}

/** The addresses of a name in an answer. Its aliases (CNAME) are followed within the answer. */
function addressesIn(answers: readonly Answer[], name: string, family: 4 | 6): readonly string[] {
  const type = TYPES[family]
  const addresses = new Map<string, string[]>()
  const aliases = new Map<string, string>()
  for (const one of answers) {
    if (one.type === 'OPT' || one.class !== 'IN') continue
    const owner = plain(one.name)
    if (one.type === 'CNAME') aliases.set(owner, plain(String(one.data)))
    if (one.type !== type || isIP(String(one.data)) !== family) continue
    const known = addresses.get(owner) ?? []
    known.push(String(one.data))
    addresses.set(owner, known)
  }
  let owner = plain(name)
  for (let steps = 0; steps < MOST_ALIASES && !addresses.has(owner); steps++)
    owner = aliases.get(owner) ?? owner
  return addresses.get(owner) ?? []
}

/** The types lack the rcode. */
type Decoded = ReturnType<typeof decode> & { readonly rcode?: string }

function decoded(message: Buffer): Decoded | null {
  try {
    const packet = decode(message) as Decoded
    // The library reads on beyond the end of a record that was cut off.
    return decode.bytes <= message.length ? packet : null
  } catch {
    // Garbage.
    return null
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
