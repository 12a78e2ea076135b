import { randomInt } from 'node:crypto'
import { isIP } from 'node:net'
import { type Answer, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import type { Outcome } from './outcome.js'

/** The records that contain addresses, by family. */
const TYPES = { 4: 'A', 6: 'AAAA' } as const

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
  const records = answers.flatMap((one) => (one.type !== 'OPT' && one.class === 'IN' ? [one] : []))
  const seen = new Set<string>()
  let owner: string | null = plain(name)
  while (owner !== null && !seen.has(owner)) {
    const current: string = owner
    seen.add(current)
    const own = records.filter((one) => plain(one.name) === current)
    const addresses = own.filter((one) => one.type === type).map((one) => String(one.data))
    if (addresses.length > 0) return addresses.filter((address) => isIP(address) === family)
    const alias = own.find((one) => one.type === 'CNAME')
    owner = alias === undefined ? null : plain(String(alias.data))
  }
  return []
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
