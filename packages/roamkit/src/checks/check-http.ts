import type { HealthCheck } from '@roamkit/core'
import { checkOptions, type Expected } from '@roamkit/core/backend-kit'
import { urlAim } from '../probe/probe-target.js'
import { loaded } from './loaded.js'

/** Which HTTP status is good: one, one of several, or one that a function accepts. */
export type ExpectedStatus = number | readonly number[] | ((status: number) => boolean)

/** Options of {@link checkHttp}. */
export interface HttpCheckOptions {
  /**
   * The status that the server must answer with.
   *
   * @defaultValue any from 200 to 299
   */
  readonly expect?: ExpectedStatus
}

/**
 * A health check (rule L1) that requests a URL through the link, and looks only at the status of the answer. It does not follow
 * redirects, reads no body, uses no proxy, and opens a connection of its own each time.
 *
 * - `alive: true`: the server answered with the status that you expect.
 * - `alive: false`: it answered with another status, refused, closed the connection, did not speak HTTP, had no valid certificate, was
 *   unreachable, or the link has no address of the host's family. The check cannot see whether a portal of the link's network or the
 *   server itself answered. So each of these means that what the application wants cannot be reached through this link. Combine
 *   servers of several operators with {@link atLeast}, so that the outage of one server does not make every link bad.
 * - `alive: null`: as {@link checkTcp}.
 *
 * A captive portal answers instead of the server: often with a redirect (302, 511), sometimes with 200 and its login page. To tell a portal
 * from the server, request a page that answers 204 (No Content), as the connectivity checks of browsers and phones do, and expect 204:
 * `checkHttp('http://example.org/generate_204', { expect: 204 })`. A portal that intercepts `https:` fails because of its certificate.
 *
 * It waits, settles, aborts and resolves names as {@link checkTcp}. `bytes` is what the connection carried, request and answer, without
 * TLS and the packets around it.
 *
 * @throws TypeError or RangeError that names an invalid argument
 */
export function checkHttp(url: string | URL, options: HttpCheckOptions = {}): HealthCheck {
  const aim = urlAim('checkHttp()', url)
  checkOptions('checkHttp()', options, { expect: EXPECT })
  const accepts = acceptance(options.expect)
  return loaded(async () => {
    const { reachesHost } = await import('./reaches-host.js')
    return reachesHost(aim, (status) => status !== null && accepts(status))
  })
}

const isStatus = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 599

const EXPECT: Expected = {
  wants: 'a status from 100 to 599, a list of them, or a function',
  isRange: true,
  holds: (value) =>
    typeof value === 'function' ||
    (Array.isArray(value) ? value.length > 0 && value.every(isStatus) : isStatus(value)),
}

function acceptance(expect: ExpectedStatus | undefined): (status: number) => boolean {
  if (expect === undefined) return (status) => status >= 200 && status <= 299
  if (typeof expect === 'function') return expect
  const statuses = typeof expect === 'number' ? [expect] : [...expect]
  return (status) => statuses.includes(status)
}
