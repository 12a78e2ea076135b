import { BusError, type BusRequest } from './bus-port.js'
import type { MessageHeader } from './message-header.js'
import { WireError } from './wire-error.js'
import { readBody, type WireSlice } from './wire-reader.js'

/** The sender decides how long the text of an error is. Longer ones are cut. */
const LONGEST_WORDS = 1000

/** The values of a body, or the reason why they cannot be read. */
export function valuesOf(header: MessageHeader, body: WireSlice): unknown[] | WireError {
  try {
    return readBody(body, header.signature)
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

/** The error that a call rejects with if it is answered with an error. Uses the answer's text, or its name if there is none. */
export function errorAnswer(request: BusRequest, header: MessageHeader, body: WireSlice): BusError {
  const { errorName } = header
  const values = valuesOf(header, body)
  const first = values instanceof WireError ? '' : values[0]
  const said = typeof first === 'string' && first !== '' ? first.slice(0, LONGEST_WORDS) : errorName
  const cause = Object.assign(new Error(said), { name: 'DBusError', type: errorName })
  return new BusError('ERR_BUS_ANSWER', `${request.member}: ${said}`, { cause, answer: errorName })
}

/** The error that a call rejects with if its answer cannot be read. */
export function unreadableAnswer(request: BusRequest, cause: WireError): BusError {
  const why = `${request.member}: the answer cannot be read: ${cause.message}`
  return new BusError('ERR_BUS_ANSWER', why, { cause })
}
