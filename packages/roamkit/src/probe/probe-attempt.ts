import type { IncomingMessage } from 'node:http'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { LinkInterface } from '@roamkit/core/contract'
import { type Binding, type Bound, connect, tlsConnect } from '@roamkit/sockets'
import type { Aim, UrlAim } from './probe-target.js'

/** The link that an attempt uses, the address that it connects to, and how its socket must be bound. */
export interface Path {
  readonly link: LinkInterface
  readonly address: string
  readonly binding: Binding
}

/** How one attempt is bounded, and what it has seen so far. */
export interface Attempt {
  /** Ends it, and destroys its socket. */
  readonly signal: AbortSignal
  /** Called with a text for people that says how far the attempt has come. */
  readonly seen?: (words: string) => void
  /** Gets, once its socket is destroyed, how many bytes that carried. */
  readonly carried: (bytes: number) => void
  /** Gets, at the same time, how it was bound, and the local address that it was connected from. */
  readonly bound?: (binding: Binding, local: string | null) => void
}

/** More informational answers than that are no answer. */
const MOST_INFORMATIONAL = 100

/**
 * Tries the target once. Resolves to the HTTP status, or to `null` for a port. Settles at the latest when the signal is
 * aborted, and leaves no socket either way.
 * @throws an error of the system, with its `code`; LinkError if the socket cannot be bound as wanted; `signal.reason`
 */
export function tryOnce(path: Path, aim: Aim, attempt: Attempt): Promise<number | null> {
  const { signal, carried, bound } = attempt
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const { done, end, account } = aim.url === null ? openPort(path, aim.port) : ask(path, aim, attempt)
    // Not left to the stream: after an upgrade has taken over its connection, a request ignores its signal.
    const aborted = () => over(() => reject(signal.reason))
    /** The socket goes first. */
    const over = (settle: () => void) => {
      signal.removeEventListener('abort', aborted)
      end()
      carried(account.bytes())
      bound?.(account.binding(), account.local)
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
  /** What its socket has done. */
  readonly account: Account
}

/** What a socket has done, also after it is destroyed. */
interface Account {
  /** Sent and received. */
  bytes(): number
  binding(): Binding
  /** The address that it was connected from; `null` if it was not. */
  readonly local: string | null
}

function openPort({ link, address, binding }: Path, port: number): Trial {
  const socket = connect(link, { host: address, port, binding, autoSelectFamily: false })
  const done = new Promise<null>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('connect', () => resolve(null))
    socket.on('close', () => reject(closedEarly('closed before it was connected')))
  })
  return { done, account: accountOf(socket), end: () => void socket.destroy() }
}

function ask(path: Path, { url, host, port }: UrlAim, { seen = () => {} }: Attempt): Trial {
  const isSecure = url.protocol === 'https:'
  const start = isSecure ? requestSecure : requestPlain
  const { link, address, binding } = path
  const to = { host: address, port, binding, autoSelectFamily: false }
  // The name is for the certificate and the Host header only.
  const names = { servername: isIP(host) === 0 ? host : '', ALPNProtocols: ['http/1.1'] }
  const socket = isSecure ? tlsConnect(link, { ...to, ...names }) : connect(link, to)
  socket.once('connect', () => seen('connected, no answer'))
  const account = accountOf(socket)
  // A connection of its own, through no agent and no proxy, and closed afterwards.
  const request = start(url, { createConnection: () => socket, defaultPort: isSecure ? 443 : 80 })
  let informational = 0
  const done = new Promise<number>((resolve, reject) => {
    const answered = ({ statusCode = 0 }: Pick<IncomingMessage, 'statusCode'>) => resolve(statusCode)
    request.on('error', reject)
    request.on('response', answered)
    // 101 Switching Protocols is an answer. From there on, the socket is ours alone.
    request.on('upgrade', (response) => {
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
  return { done, account, end: () => void request.destroy() }
}

function accountOf(socket: Bound<Socket>): Account {
  let isOpen = false
  let local: string | null = null
  socket.once('connect', () => {
    local = socket.localAddress ?? null
  })
  // Before it is connected, which includes TLS, a socket counts as written what only waits to be sent.
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
    isOpen = true
  })
  return {
    bytes: () => (isOpen ? socket.bytesRead + socket.bytesWritten : 0),
    binding: () => socket.binding,
    get local() {
      return local
    },
  }
}

function closedEarly(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' })
}
