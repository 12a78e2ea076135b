import { createSocket } from 'node:dgram'
import { isIP } from 'node:net'
import type { HealthCheck } from '@roamkit/core'
import { checkArgument, checkOptions, type Expected, onAbort } from '@roamkit/core/backend-kit'
import type { Attempt } from '../probe/probe-attempt.js'
import { type Way, wayBetween } from '../probe/way.js'
import { PORT } from './check-tcp.js'
import { decide } from './decide.js'
import { question } from './dns-message.js'
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

/** A name server that answers so could not find out, often because it has lost its own way to the Internet. */
const FAILURES = ['SERVFAIL', 'REFUSED']

/**
 * A health check (rule L1) that asks name servers over UDP, from the link's own address: the link's own ones, at most three at the
 * same time, or the one that you name.
 *
 * - `alive: true`: a server answered. Any answer will do, also that the name does not exist (NXDOMAIN), and an answer that was truncated:
 *   the question went to the server and the answer came back.
 * - `alive: false`: every server refused the packet, was unreachable, or answered SERVFAIL or REFUSED. A router answers so when it has lost
 *   its own connection. `false` also if the link has no address of the family of the given server.
 * - `alive: null`: the system's routes lead to the servers through another link (nothing is sent then), the link has no name server that it
 *   could ask, or the machine itself failed.
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
    const ways = servers.map((one) => wayBetween(link, one)).filter((way) => way !== null)
    if (ways.length === 0) return { alive: server === undefined ? null : false, bytes: 0 }
    const tasks = ways.map((way) => (over: AbortSignal) => {
      return reachBy(link, way, port, (_way, attempt) => answers(way, port, name, attempt), over)
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

/** Whether the server answers, and with something. Settles at the latest when the signal is aborted, and leaves no socket. */
function answers(
  { local, remote, family }: Way,
  port: number,
  name: string,
  { signal, carried }: Attempt,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const { message, answerIn } = question(name)
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
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
      const rcode = answerIn(datagram)
      if (rcode !== null) over(() => resolve(!FAILURES.includes(rcode)))
    })
    socket.on('connect', () => {
      again = setInterval(send, RESEND)
      send()
    })
    // Connected: the kernel drops what other addresses send, and reports a port on which nothing listens.
    socket.on('listening', () => {
      if (!isOver) socket.connect(port, remote)
    })
    socket.bind({ address: local, port: 0, exclusive: true })
  })
}
