import { createSocket } from 'node:dgram'
import { Socket } from 'node:net'
import { onAbort } from '@roamkit/core/backend-kit'
import type { LinkInterface } from '@roamkit/core/contract'
import { ANY_END, bindAttempts, cannotBind, noAddress } from '../binding/bind-attempts.js'
import { type BindingPlan, bindError } from '../binding/binding.js'
import { localAddress } from '../binding/local-address.js'
import { bindDescriptor, deviceSocket, NO_FLAGS } from '../binding/native.js'

/** A name server, and how sockets to it are bound. */
export interface Server {
  readonly link: LinkInterface
  readonly plan: BindingPlan
  /** With the link as its zone if it is link-local. */
  readonly address: string
  readonly family: 4 | 6
  readonly port: number
}

/** What happens on a socket. */
export interface DatagramEvents {
  received(datagram: Buffer): void
  failed(error: Error): void
}

/** A UDP socket to one server. */
export interface DatagramLine {
  send(message: Buffer): void
  /** Nothing happens after it. Idempotent. */
  close(): void
}

/**
 * Opens a UDP socket to a server, from a random port. It is connected: the kernel drops what others send, and reports a port on which nothing
 * listens.
 * @throws LinkError if the socket cannot be bound
 */
export function openDatagram(server: Server, { received, failed }: DatagramEvents): DatagramLine {
  const { address, family, port } = server
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  const waiting: Buffer[] = []
  let state: 'binding' | 'connected' | 'closed' = 'binding'
  const close = () => {
    if (state === 'closed') return
    state = 'closed'
    socket.close()
  }
  socket.on('error', (error) => {
    if (state !== 'closed') failed(error)
  })
  socket.on('message', (datagram) => {
    if (state !== 'closed') received(datagram)
  })
  socket.on('listening', () => {
    if (state !== 'closed') socket.connect(port, address)
  })
  socket.on('connect', () => {
    if (state === 'closed') return
    state = 'connected'
    for (const message of waiting.splice(0)) socket.send(message)
  })
  try {
    socket.bind(targetOf(server))
  } catch (error) {
    close()
    throw error
  }
  return {
    send(message) {
      if (state === 'connected') socket.send(message)
      else if (state === 'binding') waiting.push(message)
    },
    close,
  }
}

/** What a UDP socket is bound to. @throws LinkError */
function targetOf({ link, plan, address, family }: Server) {
  if (plan.binding === 'none') return { port: 0, exclusive: true }
  if (plan.binding === 'address') {
    const own = localAddress(link, address)
    if (own === null) throw noAddress(link, address)
    return { address: own, port: 0, exclusive: true }
  }
  const { native, device } = plan
  const made = deviceSocket(native, { type: 'datagram', family }, device)
  if (made.fd === null) throw bindError(device, made.error)
  const any = { address: family === 6 ? '::' : '0.0.0.0', port: 0, family, link }
  const bound = bindDescriptor(native, made.fd, any, NO_FLAGS)
  if (bound.fd === null) throw cannotBind(any.address, 0, bound.error.code)
  return { fd: bound.fd, exclusive: true }
}

/** The limits of an exchange over TCP. */
export interface StreamLimits {
  /** In milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * Sends a message over TCP and waits for one: each after its length, in two bytes.
 * @throws (rejects) if the connection fails, ends early or takes too long; `signal.reason`
 */
export function exchangeByStream(
  server: Server,
  message: Buffer,
  { timeout, signal }: StreamLimits,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const { link, plan, address, family, port } = server
    const socket = new Socket()
    let received: Buffer = Buffer.alloc(0)
    const over = (settle: () => void) => {
      undo()
      clearTimeout(timer)
      socket.destroy()
      settle()
    }
    const failed = (why: Error) => over(() => reject(why))
    const timer = setTimeout(() => failed(new Error(`no answer from ${address} over TCP`)), timeout)
    const undo = onAbort(signal, () => failed(signal.reason))
    socket.on('error', failed)
    socket.on('close', () => failed(new Error(`${address} has closed the connection`)))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const length = received.length < 2 ? Number.POSITIVE_INFINITY : received.readUInt16BE(0)
      if (received.length - 2 >= length) over(() => resolve(received.subarray(2, 2 + length)))
    })
    bindAttempts(socket, link, plan, ANY_END)
    socket.connect({ host: address, port, family })
    const size = Buffer.alloc(2)
    size.writeUInt16BE(message.length)
    socket.write(Buffer.concat([size, message]))
  })
}
