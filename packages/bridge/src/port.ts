import { checkArgument, type Expected, expected } from '@roamkit/core/backend-kit'

/** A port with the events of the web: a `MessagePort` of a browser or of Node, a `Worker` of a browser. */
export interface WebPort {
  /** Sends a message, as a structured clone. */
  postMessage(message: unknown): void
  /** Listens to `message` and, where there is one, `close`. */
  addEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void
  /** The undo. */
  removeEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void
  /** Ports deliver nothing before this call. */
  start?(): void
  /** Closes both ends. A worker has no such function. */
  close?(): void
}

/** A port with the events of Node: Electron's `MessagePortMain`, a `Worker` of `node:worker_threads`. */
export interface EmitterPort {
  /** Sends a message, as a structured clone. */
  postMessage(message: unknown): void
  /** Listens to `message`, whose value is the message or an event with it as `data`, and to `close` or `exit`. */
  on(name: string, listener: (value: unknown) => void): unknown
  /** The undo. */
  off(name: string, listener: (value: unknown) => void): unknown
  /** Ports deliver nothing before this call. */
  start?(): void
  /** Closes both ends. A worker has no such function. */
  close?(): void
}

/** One end of a connection between two processes, workers or windows. Recognised by its members. */
export type BridgePort = WebPort | EmitterPort

/** A port as this package uses it. */
export interface Channel {
  /** Sends a message. A port that refuses it counts as closed. */
  post(message: object): void
  /** Stops listening, and closes the port. */
  close(): void
}

/** What a channel reports. */
export interface ChannelListener {
  message(message: unknown): void
  /** The other end is closed, as far as the port tells: those of Node and Electron do, those of browsers since about 2024. */
  closed(): void
}

/** Names under which ports report their end: `exit` is that of a worker. */
const ENDS = ['close', 'exit'] as const

const PORT: Expected = {
  wants: 'a MessagePort',
  holds: (value) =>
    expected.having('', 'postMessage', 'addEventListener').holds(value) ||
    expected.having('', 'postMessage', 'on', 'off').holds(value),
}
/** @throws TypeError if it is no port */
export function checkPort(call: string, port: BridgePort): void {
  checkArgument(`the port of ${call}`, port, PORT)
}

/** Begins to listen to a port. */
export function openChannel(port: BridgePort, listener: ChannelListener): Channel {
  const isWeb = 'addEventListener' in port
  const onMessage = (event: unknown) => {
    closePorts(event)
    listener.message(isWeb ? dataOf(event) : payloadOf(event))
  }
  const onEnd = () => listener.closed()
  const add = (name: string, run: (event: unknown) => void) =>
    isWeb ? port.addEventListener(name, run) : port.on(name, run)
  const remove = (name: string, run: (event: unknown) => void) =>
    isWeb ? port.removeEventListener(name, run) : port.off(name, run)
  add('message', onMessage)
  for (const name of ENDS) add(name, onEnd)
  port.start?.()
  return {
    post(message) {
      try {
        port.postMessage(message)
      } catch {
        // The process at the other end may be gone before its port says so. No event fires inside the call that posts (rule S19).
        queueMicrotask(() => listener.closed())
      }
    },
    close() {
      remove('message', onMessage)
      for (const name of ENDS) remove(name, onEnd)
      port.close?.()
    },
  }
}

/** Emitters of Node pass the message itself, Electron's an event with the message in it. */
function payloadOf(value: unknown): unknown {
  return isObject(value) && !Object.hasOwn(value, 'roamkit') ? dataOf(value) : value
}

function dataOf(event: unknown): unknown {
  return isObject(event) ? (event as { readonly data?: unknown }).data : undefined
}

/** No message needs a port. One that came along would stay open here for as long as its other end. */
function closePorts(event: unknown): void {
  const { ports } = isObject(event) ? (event as { readonly ports?: unknown }) : {}
  if (!Array.isArray(ports)) return
  for (const port of ports) if (typeof port?.close === 'function') port.close()
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
