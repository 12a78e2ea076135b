import { BusError, type BusRequest } from './bus-port.js'
import type { MessageHeader } from './message-header.js'
import { WireError } from './wire-error.js'
import { readBody, type WireSlice } from './wire-reader.js'

/** Words of an error are as long as their sender likes; nobody reads more than this. */
const LONGEST_WORDS = 1000

/** The values of a body, or why they cannot be read. */
export function valuesOf(header: MessageHeader, body: WireSlice): unknown[] | WireError {
  try {
    return readBody(body, header.signature)
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

/** What a call rejects with that was answered with an error. The answer's words where there are some, else its name. */
export function errorAnswer(request: BusRequest, header: MessageHeader, body: WireSlice): BusError {
  const { errorName } = header
  const values = valuesOf(header, body)
  const first = values instanceof WireError ? '' : values[0]
  const said = typeof first === 'string' && first !== '' ? first.slice(0, LONGEST_WORDS) : errorName
  const cause = Object.assign(new Error(said), { name: 'DBusError', type: errorName })
  return new BusError('ERR_BUS_ANSWER', `${request.member}: ${said}`, { cause, answer: errorName })
}

/** What a call rejects with whose answer cannot be read. */
export function unreadableAnswer(request: BusRequest, cause: WireError): BusError {
  const why = `${request.member}: the answer cannot be read: ${cause.message}`
  return new BusError('ERR_BUS_ANSWER', why, { cause })
}
