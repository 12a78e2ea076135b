// The only file that knows dbus-next, and of it only what turns a message into bytes. What comes in is read by wire-reader.ts:
// dbus-next's own reader throws in the middle of its socket's listener for bytes that every user of the machine may send (ADR 0008).
// Files inside the package are why its version is pinned exactly.
/// <reference path="./dbus-next-parts.d.ts" />
import marshallPart from 'dbus-next/lib/marshall-compat.js'
import messagePart from 'dbus-next/lib/message-type.js'
import variantPart from 'dbus-next/lib/variant.js'
import { type BusAnswer, type BusRequest, Variant } from './bus-port.js'
import { MESSAGE } from './message-header.js'

const { Message } = messagePart as { readonly Message: new (fields: object) => object }
const { Variant: NextVariant } = variantPart as {
  readonly Variant: new (signature: string, value: unknown) => object
}
const { marshallMessage } = marshallPart as {
  marshallMessage(message: object): readonly [bytes: Buffer, descriptors: readonly unknown[]]
}

/**
 * A method call as bytes.
 *
 * @throws if a name or a path is invalid in D-Bus, or the body does not match the signature
 */
export function marshalCall(request: BusRequest, serial: number): Buffer {
  // A copy of the body: dbus-next changes the one that it gets.
  return marshallMessage(new Message({ ...request, serial, body: (request.body ?? []).map(withVariants) }))[0]
}

/** The call that a message answers. */
export interface Replied {
  readonly serial: number
  /** The caller's serial, and its unique name. */
  readonly replySerial: number
  readonly destination: string
}

/**
 * The answer to a call as bytes.
 *
 * @throws if the name of the caller is invalid in D-Bus, or the body does not match the signature
 */
export function marshalReply(call: Replied, { signature, body }: BusAnswer): Buffer {
  const fields = { ...call, type: MESSAGE.reply, signature, body: body.map(withVariants) }
  return marshallMessage(new Message(fields))[0]
}

/** The same value with the variants of dbus-next. */
function withVariants(value: unknown): unknown {
  if (value instanceof Variant) return new NextVariant(value.signature, withVariants(value.value))
  if (Array.isArray(value)) return value.map(withVariants)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withVariants(member)]))
}

/** An error message, and the call that it answers. */
export interface ErrorAnswer extends Replied {
  readonly errorName: string
  readonly text: string
}

/**
 * An error message as bytes.
 *
 * @throws if a name is invalid in D-Bus
 */
export function marshalError({ text, ...names }: ErrorAnswer): Buffer {
  return marshallMessage(new Message({ ...names, type: MESSAGE.error, signature: 's', body: [text] }))[0]
}
