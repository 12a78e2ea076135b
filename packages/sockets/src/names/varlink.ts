import { connect } from 'node:net'
import { onAbort } from '@roamkit/core/backend-kit'

/** A reply of a Varlink service, or that there was none in time. */
export type VarlinkReply =
  | { readonly kind: 'success'; readonly parameters: Readonly<Record<string, unknown>> }
  | { readonly kind: 'error'; readonly error: string; readonly parameters: Readonly<Record<string, unknown>> }
  | { readonly kind: 'timeout' }

/** A method of a Varlink service. */
export interface VarlinkCall {
  /** The path of the service's socket. */
  readonly socket: string
  readonly method: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** In milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/** A longer reply is not read to its end, in bytes. */
const LONGEST = 256 * 1024

/**
 * Calls a method by a connection of its own: JSON that ends with a zero byte, both ways.
 * @returns `null` if the service does not run or does not speak the protocol
 * @throws (rejects) `signal.reason`
 */
export function callVarlink({
  socket: path,
  method,
  parameters,
  timeout,
  signal,
}: VarlinkCall): Promise<VarlinkReply | null> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = connect(path)
    const chunks: Buffer[] = []
    let length = 0
    const over = (settle: () => void) => {
      undo()
      clearTimeout(timer)
      socket.destroy()
      settle()
    }
    const timer = setTimeout(() => over(() => resolve({ kind: 'timeout' })), timeout)
    const undo = onAbort(signal, () => over(() => reject(signal.reason)))
    const unusable = () => over(() => resolve(null))
    socket.on('error', unusable)
    socket.on('close', unusable)
    socket.on('data', (chunk) => {
      const end = chunk.indexOf(0)
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end))
      length += chunk.length
      if (end >= 0) over(() => resolve(parseReply(Buffer.concat(chunks).toString())))
      else if (length > LONGEST) unusable()
    })
    socket.write(`${JSON.stringify({ method, parameters })}\0`)
  })
}

function parseReply(text: string): VarlinkReply | null {
  try {
    const { error, parameters = {} }: { error?: unknown; parameters?: unknown } = JSON.parse(text)
    if (!isObject(parameters)) return null
    if (error === undefined) return { kind: 'success', parameters }
    return typeof error === 'string' ? { kind: 'error', error, parameters } : null
  } catch {
    // Not JSON, or no object.
    return null
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
