import { randomInt } from 'node:crypto'
import { decode, encode, RECURSION_DESIRED } from 'dns-packet'

/** A question to a name server. */
export interface Question {
  /** The datagram to send. */
  readonly message: Uint8Array
  /** The rcode of a datagram that answers it, `NOERROR` for example; `null` for anything else. */
  answerIn(datagram: Uint8Array): string | null
}

/** Asks for the IPv4 addresses of a name, under a random id. */
export function question(name: string): Question {
  const id = randomInt(65_536)
  const asked = { type: 'A', name } as const
  const message = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [asked] })
  return {
    message,
    answerIn(datagram) {
      const { type, id: answered, rcode, questions = [] } = decoded(datagram) ?? {}
      if (type !== 'response' || answered !== id) return null
      // A server that cannot read a question may leave it out.
      const isOurs = questions.every(
        (one) => one.type === asked.type && one.class === 'IN' && sameName(one.name, name),
      )
      return isOurs && questions.length <= 1 ? (rcode ?? null) : null
    },
  }
}

/** The types lack the rcode. */
type Decoded = ReturnType<typeof decode> & { readonly rcode?: string }

function decoded(datagram: Uint8Array): Decoded | null {
  try {
    const packet = decode(Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength)) as Decoded
    // The library reads on beyond the end of a record that was cut off.
    return decode.bytes <= datagram.length ? packet : null
  } catch {
    // Garbage.
    return null
  }
}

function sameName(one: string, other: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, '')
  return plain(one) === plain(other)
}
