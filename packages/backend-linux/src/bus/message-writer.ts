// The only file that knows dbus-next, and of it only what turns a message into bytes. What comes in is read by wire-reader.ts:
// dbus-next's own reader throws in the middle of its socket's listener for bytes that every user of the machine may send (ADR 0008).
// Files inside the package are why its version is pinned exactly.
/// <reference path="./dbus-next-parts.d.ts" />
import marshallPart from 'dbus-next/lib/marshall-compat.js'
import messagePart from 'dbus-next/lib/message-type.js'
import type { BusRequest } from './bus-port.js'
import { MESSAGE } from './message-header.js'

const { Message } = messagePart as { readonly Message: new (fields: object) => object }
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
  return marshallMessage(new Message({ ...request, serial, body: [...(request.body ?? [])] }))[0]
}

/** An error message, and the call that it answers. */
export interface ErrorAnswer {
  readonly serial: number
  /** The caller's serial, and its unique name. */
  readonly replySerial: number
  readonly destination: string
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
