import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { checkedLinkOptions, type LinkOptions, type Via } from './following/via.js'
import { familyOf, resolveName } from './names/resolve.js'
import { linkFor } from './way.js'

/** Options of {@link lookup}. */
export type LinkLookupOptions = Pick<LinkOptions, 'by' | 'wait' | 'waitTimeout'>

/**
 * A look-up function, as the option `lookup` of `net`, `http` and `dgram` takes it, that resolves names through the link of a session, a trial or
 * an interface: it asks systemd-resolved for that interface where that runs, otherwise the link's own name servers by sockets that are bound to the
 * link. If the link has none, it asks the system's resolver, which may ask through another link.
 *
 * An unknown name is Node's error with the code `ENOTFOUND`; name servers that do not answer, `EAI_AGAIN`.
 *
 * @param via whose link, looked at when a name is asked for
 * @throws TypeError or RangeError that names an invalid argument
 */
export function lookup(via: Via, options: LinkLookupOptions = {}): LookupFunction {
  const { own } = checkedLinkOptions('lookup()', via, options)
  return (host, ...more) => {
    const { family, all, done } = lookupArguments(more)
    const { signal } = new AbortController()
    linkFor(via, own, signal)
      .then((link) => resolveName(link.interface, { host, family: familyOf(family), signal }))
      .then(
        (found) => {
          const [first] = found
          if (all) process.nextTick(done, null, found as LookupAddress[])
          else process.nextTick(done, null, first?.address ?? '', first?.family)
        },
        // What the callback throws is no rejection of a promise.
        (error: NodeJS.ErrnoException) => process.nextTick(done, error, all ? [] : ''),
      )
  }
}

type Lookup = Parameters<LookupFunction>

/** Options may be left out or be a family, as in `dns.lookup()`: `dgram` asks like that. */
function lookupArguments(values: readonly unknown[]) {
  const done = values.at(-1) as Lookup[2]
  const [asked] = values.length > 1 ? (values as [Lookup[1] | number | null | undefined]) : []
  const { family = 0, all = false } = typeof asked === 'number' ? { family: asked } : (asked ?? {})
  return { family, all, done }
}
