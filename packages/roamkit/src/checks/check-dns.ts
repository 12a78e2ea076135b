import { isIP } from 'node:net'
import type { HealthCheck } from '@roamkit/core'
import { checkArgument, checkOptions, type Expected } from '@roamkit/core/backend-kit'
import { PORT } from './check-tcp.js'
import { loaded } from './loaded.js'

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
  const { name, server, port = 53 } = options
  return loaded(async () => {
    const { nameServerAnswers } = await import('./name-server-answers.js')
    return nameServerAnswers(name, server, port)
  })
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
