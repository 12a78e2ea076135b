import { isIP } from 'node:net'
import type { HealthCheck } from '@roamkit/core'
import { checkArgument, checkOptions, type Expected, onAbort } from '@roamkit/core/backend-kit'
import { createSocket, localAddress } from '@roamkit/sockets'
import { dnsQuestion } from '@roamkit/sockets/names'
import type { Attempt, Path } from '../probe/probe-attempt.js'
import { PORT } from './check-tcp.js'
import { decide } from './decide.js'
import { DNS_PORT } from './name-servers.js'
import { reachBy } from './reach.js'

/** What {@link checkDns} asks. */
export interface DnsQuestion {
  /** The name whose IPv4 addresses it asks for, for example `example.org`. */
  readonly name: string
  /**
   * The address of the name server.
   *
   * @defaultValue the link's own name servers, `interface.dns`
   */
  readonly server?: string
  /**
   * The UDP port of the name server.
   *
   * @defaultValue 53
   */
  readonly port?: number
}

/** More name servers than resolvers use are not asked. */
const MOST_SERVERS = 3

/** Milliseconds until the question is sent again: UDP loses packets. */
const RESEND = 1000

/**
 * A health check (rule L1) that asks name servers over UDP, through the link: the link's own ones, at most three at the same time, or the one that you
 * name.
 *
 * - `alive: true`: a server answered. An answer that the name does not exist (NXDOMAIN) will do, and so will one that was truncated: the question went
 *   to the server and the answer came back.
 * - `alive: false`: every server refused the packet, was unreachable, or answered that it could not find out (SERVFAIL, REFUSED and all other errors). A
 *   router answers so when it has lost its own connection. `false` also if the link has no address of the family of the given server.
 * - `alive: null`: as {@link checkTcp}, or the link has no name server that it could ask.
 *
 * It takes an answer only from the server and port that it asked, to its own random port and with its own random id and question, and
 * ignores everything else. It repeats the question every second until a server has answered or `signal` is aborted. Otherwise it
 * waits, settles and aborts as {@link checkTcp}. `bytes` is the length of the messages sent and received.
 *
 * A server on the link's own network may answer from its cache although nothing is behind it, and a portal may answer every name. If
 * you need more than name servers, combine it with {@link checkHttp} or {@link checkTcp}.
 *
 * @throws TypeError or RangeError that names an invalid argument
 */
export function checkDns(options: DnsQuestion): HealthCheck {
  checkOptions('checkDns()', options, { name: NAME, server: ADDRESS, port: PORT })
  checkArgument('name of checkDns()', options.name, NAME)
  const { name, server, port = DNS_PORT } = options
  return async ({ interface: link }, { signal }) => {
    const servers =
      server === undefined ? link.dns.filter((one) => isIP(one)).slice(0, MOST_SERVERS) : [server]
    const usable = servers.filter((one) => localAddress(link, one) !== null)
    if (usable.length === 0) return { alive: server === undefined ? null : false, bytes: 0 }
    const tasks = usable.map((address) => (over: AbortSignal) => {
      return reachBy(link, { address, port }, (path, attempt) => answers(path, port, name, attempt), over)
    })
    return decide(1, tasks, signal)
  }
}

const NAME: Expected = {
  wants: "a domain name, such as 'example.org'",
  holds: (value) =>
    typeof value === 'string' && value.length <= 253 && /^[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(value),
}

const ADDRESS: Expected = {
  wants: 'the address of a name server',
  holds: (value) => typeof value === 'string' && isIP(value) !== 0,
}

/**
 * Whether the server answers, and with something. Settles at the latest when the signal is aborted, and leaves no socket.
 * @throws LinkError if the socket cannot be bound as wanted
 */
function answers(
  { link, address, binding }: Path,
  port: number,
  name: string,
  { signal, carried }: Attempt,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const { message, replyIn } = dnsQuestion(name, 4)
    const socket = createSocket(link, { type: isIP(address) === 6 ? 'udp6' : 'udp4', binding })
    let again: NodeJS.Timeout | undefined
    let isOver = false
    const over = (settle: () => void) => {
      if (isOver) return
      isOver = true
      undo()
      clearInterval(again)
      socket.close()
      settle()
    }
    const undo = onAbort(signal, () => over(() => reject(signal.reason)))
    const send = () => {
      carried(message.length)
      socket.send(message)
    }
    socket.on('error', (error) => over(() => reject(error)))
    socket.on('message', (datagram) => {
      if (isOver) return
      carried(datagram.length)
      const reply = replyIn(datagram)
      if (reply === null) return
      const hasFailed = reply.kind === 'outcome' && reply.outcome.kind === 'serverFailure'
      over(() => resolve(!hasFailed))
    })
    socket.on('connect', () => {
      again = setInterval(send, RESEND)
      send()
    })
    // Connected: the kernel drops what other addresses send, and reports a port on which nothing listens.
    socket.on('listening', () => {
      if (!isOver) socket.connect(port, address)
    })
    const own = binding === 'address' ? localAddress(link, address) : null
    socket.bind({ port: 0, exclusive: true, ...(own !== null && { address: own }) })
  })
}
