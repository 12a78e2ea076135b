/**
 * Names through a link, for packages that test links: the look-up that the connections of `@roamkit/sockets` use, and questions to name servers.
 *
 * @packageDocumentation
 */
export {
  type Question as DnsQuestion,
  question as dnsQuestion,
  type Reply as DnsReply,
} from './names/dns-message.js'
export type { Outcome as NameOutcome } from './names/outcome.js'
export { type NameQuery, type ResolvedAddress, resolveName } from './names/resolve.js'
