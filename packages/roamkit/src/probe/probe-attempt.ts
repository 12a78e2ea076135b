import type { IncomingMessage } from 'node:http'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { connect, type LookupFunction, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Way } from './way.js'

/** What is tried: a port, or a URL. */
export type Aim =
  | { readonly host: string; readonly port: number; readonly url: null }
  | { readonly host: string; readonly port: number; readonly url: URL }

/** How one attempt is bounded, and what it has seen so far. */
export interface Attempt {
  /** Ends it, and destroys its socket. */
  readonly signal: AbortSignal
  /** Called with a text for people that says how far the attempt has come. */
  readonly seen: (words: string) => void
  /** Gets, once its socket is destroyed, how many bytes that carried. */
  readonly carried: (bytes: number) => void
}

/** More informational answers than that are no answer. */
const MOST_INFORMATIONAL = 100

/**
 * Tries the target once. Resolves to the HTTP status, or to `null` for a port. Settles at the latest when the signal is
 * aborted, and leaves no socket either way.
 * @throws an error of the system, with its `code`; `signal.reason`
 */
export function tryOnce(way: Way, aim: Aim, attempt: Attempt): Promise<number | null> {
  const { signal, carried } = attempt
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const { done, end, bytes } = aim.url === null ? openPort(way, aim.port) : ask(way, aim.url, attempt)
    // Not left to the stream: after an upgrade has taken over its connection, a request ignores its signal.
    const aborted = () => over(() => reject(signal.reason))
    /** The socket goes first. */
    const over = (settle: () => void) => {
      signal.removeEventListener('abort', aborted)
      end()
      carried(bytes())
      settle()
    }
    signal.addEventListener('abort', aborted)
    done.then(
      (status) => over(() => resolve(status)),
      (error: unknown) => over(() => reject(error)),
    )
  })
}

/** Something under way: what it comes to, and how it is given up. */
interface Trial {
  readonly done: Promise<number | null>
  end(): void
  /** What its socket has carried, sent and received. */
  bytes(): number
}

function openPort({ local, remote, family }: Way, port: number): Trial {
  const socket = connect({ host: remote, port, localAddress: local, family, autoSelectFamily: false })
  const bytes = countOf(socket)
  const done = new Promise<null>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('connect', () => resolve(null))
    socket.on('close', () => reject(closedEarly('closed before it was connected')))
  })
  return { done, bytes, end: () => void socket.destroy() }
}

function ask({ local, remote, family }: Way, url: URL, { seen }: Attempt): Trial {
  const start = url.protocol === 'https:' ? requestSecure : requestPlain
  const options = {
    // A connection of its own, through no proxy, and closed afterwards.
    agent: false,
    localAddress: local,
    family,
    autoSelectFamily: false,
    // Resolved already; the name stays for the certificate and the Host header.
    lookup: ((_name, _options, done) => done(null, remote, family)) satisfies LookupFunction,
  }
  const request = start(url, options)
  let informational = 0
  let bytes = () => 0
  const done = new Promise<number>((resolve, reject) => {
    const answered = ({ statusCode = 0 }: Pick<IncomingMessage, 'statusCode'>) => resolve(statusCode)
    request.on('socket', (socket) => {
      bytes = countOf(socket)
      watch(socket, seen)
    })
    request.on('error', reject)
    request.on('response', answered)
    // 101 Switching Protocols is an answer. From there on, the socket is ours alone.
    request.on('upgrade', (response, socket) => {
      socket.on('error', () => {})
      socket.destroy()
      answered(response)
    })
    request.on('information', ({ statusCode }) => {
      informational += 1
      seen(`only informational answers (${statusCode})`)
      if (informational > MOST_INFORMATIONAL)
        reject(closedEarly(`more than ${MOST_INFORMATIONAL} informational answers`))
    })
    request.on('close', () => reject(closedEarly('closed without an answer')))
  })
  request.end()
  return { done, bytes: () => bytes(), end: () => void request.destroy() }
}

function watch(socket: Socket, seen: (words: string) => void): void {
  socket.once('connect', () => seen('connected, no answer'))
}

/** Before it is connected, which includes TLS, a socket counts as written what only waits to be sent. */
function countOf(socket: Socket): () => number {
  let isConnected = false
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
    isConnected = true
  })
  return () => (isConnected ? socket.bytesRead + socket.bytesWritten : 0)
}

function closedEarly(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' })
}
