import type { HealthCheck } from '@roamkit/core'
import { checkArgument, checkOptions, expected } from '@roamkit/core/backend-kit'
import { loaded } from './loaded.js'

/** What {@link checkTcp} connects to. */
export interface TcpTarget {
  /** A name or an address. */
  readonly host: string
  /** From 1 to 65535. */
  readonly port: number
}

/** A TCP or UDP port. */
export const PORT = {
  wants: 'a whole number from 1 to 65535',
  isRange: true,
  holds: (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535,
} as const

/**
 * A health check (rule L1) that connects to a TCP port through the link and closes the connection at once.
 *
 * - `alive: true`: the port accepted the connection.
 * - `alive: false`: it refused, was unreachable, or the link has no address of the host's family. A refusal is an answer too, but a
 *   check cannot see whether the server or a firewall of the link's network sent it. So it counts like silence: what the application
 *   wants cannot be reached through this link. Combine servers of several operators with {@link atLeast}, so that the outage of one
 *   server does not make every link bad.
 * - `alive: null`: the check cannot tell. The host is this machine itself, or the machine has failed, for example because no file descriptor was left.
 *   Where the check can bind its socket only to the link's address, not to its device, also because the system's routes lead to the host through another
 *   link. Nothing is sent then.
 *
 * It waits until the port answers or `signal` is aborted: the session's `timeout` bounds it, and a check that takes longer has failed.
 * When it settles, its socket is destroyed. If `signal` is aborted, it resolves to `null` at once. It never rejects because of the network.
 * `bytes` is what the connection carried, without the packets that open and close it: usually 0.
 *
 * It resolves a name through the link, as `lookup()` of `@roamkit/sockets` does. A name that cannot be resolved is `false`, or `null` if a name server may
 * have been asked through another link. If the name has addresses of both families, the second family is tried too if the first one fails or does not
 * answer within 250 ms.
 *
 * @throws TypeError or RangeError that names an invalid argument
 */
export function checkTcp(target: TcpTarget): HealthCheck {
  checkOptions('checkTcp()', target, { host: expected.name, port: PORT })
  const { host, port } = target
  checkArgument('host of checkTcp()', host, expected.name)
  checkArgument('port of checkTcp()', port, PORT)
  return loaded(async () => {
    const { reachesHost } = await import('./reaches-host.js')
    return reachesHost({ host, port, url: null }, () => true)
  })
}
