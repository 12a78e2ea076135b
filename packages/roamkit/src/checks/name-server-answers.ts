import { isIP } from 'node:net'
import type { HealthCheck } from '@roamkit/core'
import { onAbort } from '@roamkit/core/backend-kit'
import { createSocket, localAddress } from '@roamkit/sockets'
import { dnsQuestion } from '@roamkit/sockets/names'
import type { Attempt, Path } from '../probe/probe-attempt.js'
import { decide } from './decide.js'
import { reachBy } from './reach.js'

/** More name servers than resolvers use are not asked. */
const MOST_SERVERS = 3

/** Milliseconds until the question is sent again: UDP loses packets. */
const RESEND = 1000

/** Whether a name server answers a question for a name. @param server `undefined`: the link's own ones */
export function nameServerAnswers(name: string, server: string | undefined, port: number): HealthCheck {
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
