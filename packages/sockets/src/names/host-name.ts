import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'

/** What the name of a host means. */
export type HostName =
  | { readonly kind: 'address'; readonly address: string; readonly family: 4 | 6 }
  /** In ASCII and lower case, without the dot at its end, which makes it absolute. */
  | { readonly kind: 'name'; readonly name: string; readonly isAbsolute: boolean }

/** Longer names do not fit into a DNS message. */
const LONGEST = 253

/** More search domains are not tried, because a network may announce any number of them. */
const MOST_DOMAINS = 6

/** Labels of letters, digits, hyphens and underscores. */
const NAME = /^[\w-]{1,63}(\.[\w-]{1,63})*$/

/**
 * ASCII that no name contains, other spaces, control characters and halves of characters. This is checked before `domainToASCII()`, which leaves out some of it and
 * stops at other.
 */
const UNFIT = /[\0-,/:-@[-^`{-\x7f\p{Z}\p{Cc}\p{Cs}]/u

/** Names that end in a number are forms of IPv4 addresses: `127.1`. */
const NUMERIC = /(^|\.)(\d+|0x[\da-f]*)\.?$/i

/** @returns `null` for what cannot be the name of a host */
export function parseHost(host: string): HostName | null {
  const family = isIP(host)
  if (family !== 0) return { kind: 'address', address: host, family: family === 6 ? 6 : 4 }
  if (host.length > 4 * LONGEST || UNFIT.test(host)) return null
  const isPlain = /^[\w.-]*$/.test(host) && !NUMERIC.test(host)
  const ascii = isPlain ? host.toLowerCase() : domainToASCII(host)
  const isAbsolute = /[^.]\.$/.test(ascii)
  const name = isAbsolute ? ascii.slice(0, -1) : ascii
  if (isIP(name) === 4) return { kind: 'address', address: name, family: 4 }
  return isName(name) ? { kind: 'name', name, isAbsolute } : null
}

/**
 * The names to ask for, as resolv.conf(5) has them with `ndots:1`: a name that contains a dot is tried as it is first, any other is tried in the
 * search domains first.
 */
export function namesToTry(
  { name, isAbsolute }: { readonly name: string; readonly isAbsolute: boolean },
  searchDomains: readonly string[],
): readonly string[] {
  if (isAbsolute) return [name]
  const domains = searchDomains.map((domain) => domain.toLowerCase().replace(/\.$/, '')).filter(isName)
  const inDomains = [...new Set(domains)]
    .slice(0, MOST_DOMAINS)
    .map((domain) => `${name}.${domain}`)
    .filter(isName)
  return name.includes('.') ? [name, ...inDomains] : [...inDomains, name]
}

function isName(text: string): boolean {
  return text.length <= LONGEST && NAME.test(text)
}
