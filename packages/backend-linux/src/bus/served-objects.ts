import { valuesOf } from './answer.js'
import { type BusAnswer, BusError, type BusObject } from './bus-port.js'
import type { MessageHeader } from './message-header.js'
import { marshalError, marshalReply, type Replied } from './message-writer.js'
import { WireError } from './wire-error.js'
import type { WireSlice } from './wire-reader.js'

/** What {@link ServedObjects} needs of its connection. */
export interface ServingConnection {
  nextSerial(): number
  send(bytes: Buffer): void
}

const FAILED = 'org.freedesktop.DBus.Error.Failed'

/** The objects that a connection offers, each to one caller. */
export class ServedObjects {
  readonly #connection: ServingConnection
  readonly #objects = new Set<BusObject>()

  constructor(connection: ServingConnection) {
    this.#connection = connection
  }

  /** Offers an object. Returns the undo. */
  add(object: BusObject): () => void {
    this.#objects.add(object)
    return () => {
      this.#objects.delete(object)
    }
  }

  /** Whether a call is for one of them, and from the one that may call it. Decodes no more of the header than it must. */
  wants(call: MessageHeader): boolean {
    return this.#find(call) !== undefined
  }

  /** Answers a call that {@link wants} has accepted. A call whose body cannot be read is answered with an error. */
  take(header: MessageHeader, body: WireSlice): void {
    const object = this.#find(header)
    if (object === undefined) return
    const { member, serial: replySerial, sender: destination, expectsReply } = header
    const values = valuesOf(header, body)
    const answering =
      values instanceof WireError ? Promise.reject(values) : object.call({ member, body: values })
    const isDue = () => expectsReply && this.#objects.has(object)
    answering.then(
      (answer) => isDue() && this.#send((serial) => reply({ serial, replySerial, destination }, answer)),
      (error: unknown) =>
        isDue() && this.#send((serial) => refusal({ serial, replySerial, destination }, error)),
    )
  }

  #send(bytesOf: (serial: number) => Buffer): void {
    this.#connection.send(bytesOf(this.#connection.nextSerial()))
  }

  #find(call: MessageHeader): BusObject | undefined {
    for (const object of this.#objects)
      if (call.isFrom(object.caller) && call.path === object.path && call.interface === object.interface)
        return object
    return undefined
  }
}

/** An answer that cannot be written becomes an error. Its reason may quote the answer, so it is not sent. */
function reply(call: Replied, answer: BusAnswer): Buffer {
  try {
    return marshalReply(call, answer)
  } catch {
    return marshalError({ ...call, errorName: FAILED, text: 'the answer cannot be written' })
  }
}

function refusal(call: Replied, error: unknown): Buffer {
  const answer = error instanceof BusError ? error.answer : null
  const text = answer !== null && error instanceof BusError ? error.message : 'it failed'
  return marshalError({ ...call, errorName: answer ?? FAILED, text })
}
