import { Socket } from 'node:net'
import { endianness } from 'node:os'
import type { NetlinkListener, NetlinkPort } from './netlink-port.js'
import { errorName, type SystemCalls } from './system-calls.js'
import { hostBytes } from './wire.js'

const AF_UNIX = 1
const AF_NETLINK = 16
const NETLINK_ROUTE = 0
const SOCK_STREAM = 1
const SOCK_RAW = 3
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
const SOL_NETLINK = 270
const NETLINK_GET_STRICT_CHK = 12

/** `RTMGRP_*`: links, IPv4 and IPv6 addresses, IPv4 and IPv6 routes. */
const GROUPS = 0x1 | 0x10 | 0x100 | 0x40 | 0x400

/**
 * Opens an rtnetlink socket that Node's own event loop reads: no thread, no child process, no timer.
 *
 * Node adopts only descriptors of kinds that it knows, and a netlink socket is none of these. So Node adopts one end of a socket pair, and
 * then the netlink socket takes over that descriptor (`dup3`), before the event loop has seen it. From then on Node reads the netlink socket,
 * one datagram at a time ([why](https://github.com/roamkit/roamkit/blob/main/docs/adr/0013-a-netlink-socket-without-native-code.md)).
 *
 * @param receiveBuffer bytes that the kernel keeps for messages that were not read yet
 * @throws if a system call fails; nothing stays open
 */
export function openNetlinkSocket(
  calls: SystemCalls,
  receiveBuffer: number,
  listener: NetlinkListener,
): NetlinkPort {
  const netlink = check(calls, 'socket', calls.socket(AF_NETLINK, SOCK_RAW | FLAGS, NETLINK_ROUTE))
  try {
    setReceiveBuffer(calls, netlink, receiveBuffer)
    // Linux before 4.20 does not know it, and then lists the routes of all tables.
    setOption(calls, netlink, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
    const address = hostBytes([AF_NETLINK, 2], [0, 2], [0, 4], [GROUPS, 4])
    check(calls, 'bind', calls.bind(netlink, address, address.length))
    return new NetlinkSocket(adopt(calls, netlink), listener)
  } finally {
    calls.close(netlink)
  }
}

const FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC

function adopt(calls: SystemCalls, netlink: number): Socket {
  const pair = new Uint8Array(8)
  check(calls, 'socketpair', calls.socketpair(AF_UNIX, SOCK_STREAM | FLAGS, 0, pair))
  const view = new DataView(pair.buffer)
  const [own, other] = [view.getInt32(0, LITTLE), view.getInt32(4, LITTLE)]
  calls.close(other)
  let socket: Socket
  try {
    socket = new Socket({ fd: own, readable: true, writable: true })
  } catch (error) {
    calls.close(own)
    throw error
  }
  // In the same turn of the event loop: afterwards the loop would wait for the pair, not for the netlink socket.
  if (calls.dup3(netlink, own, SOCK_CLOEXEC) >= 0) return socket
  const failure = systemError(calls, 'dup3')
  socket.destroy()
  throw failure
}

const LITTLE = endianness() === 'LE'

class NetlinkSocket implements NetlinkPort {
  readonly #socket: Socket
  #isClosed = false

  constructor(socket: Socket, listener: NetlinkListener) {
    this.#socket = socket
    // The backend keeps the process alive, not its connection, which may be replaced.
    socket.unref()
    let failure: Error | null = null
    socket.on('data', (datagram: Uint8Array) => listener.received(datagram))
    socket.on('error', (error: Error) => {
      failure = error
    })
    socket.on('close', () => {
      if (!this.#isClosed) listener.failed(failure ?? new Error('the netlink socket was closed'))
    })
  }

  send(request: Uint8Array): void {
    this.#socket.write(request)
  }

  close(): void {
    this.#isClosed = true
    this.#socket.removeAllListeners('data')
    this.#socket.destroy()
  }
}

/** Beyond the limit for all users (`net.core.rmem_max`) if this process may. */
function setReceiveBuffer(calls: SystemCalls, fd: number, bytes: number): void {
  if (setOption(calls, fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0)
    setOption(calls, fd, SOL_SOCKET, SO_RCVBUF, bytes)
}

function setOption(calls: SystemCalls, fd: number, level: number, name: number, value: number): number {
  return calls.setsockopt(fd, level, name, hostBytes([value, 4]), 4)
}

function check(calls: SystemCalls, syscall: string, result: number): number {
  if (result < 0) throw systemError(calls, syscall)
  return result
}

function systemError(calls: SystemCalls, syscall: string): Error {
  return new Error(`${syscall}: ${errorName(calls.errno())}`)
}
