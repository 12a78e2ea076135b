import type { Traffic } from '@roamkit/core/contract'

/** Route flags of the kernel's `route.h`. */
const up = 0x0001
const reject = 0x0200

/** Parses `/proc/net/route`: the interfaces of the IPv4 default routes, lowest metric first. */
export function defaultRouteOwners(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(1)
    .map(columnsOf)
    .filter(([, destination, , flags = '', , , , mask]) => {
      const isDefault = destination === '00000000' && mask === '00000000'
      return isDefault && isUsable(flags)
    })
    .map(([name = '', , , , , , metric = '']) => ({ name, metric: Number(metric) }))
    .sort((a, b) => a.metric - b.metric)
    .map(({ name }) => name)
}

/** Parses `/proc/net/ipv6_route`, which has no headings: the interfaces of the IPv6 default routes, lowest metric first. */
export function defaultRouteOwners6(text: string): readonly string[] {
  return text
    .split('\n')
    .map(columnsOf)
    .filter(([destination = '', prefix, , , , , , , flags = '']) => {
      return /^0{32}$/.test(destination) && prefix === '00' && isUsable(flags)
    })
    .map(([, , , , , metric = '', , , , name = '']) => ({ name, metric: Number.parseInt(metric, 16) }))
    .sort((a, b) => a.metric - b.metric)
    .map(({ name }) => name)
}

/**
 * The interface of the default route: that of IPv4, or else that of IPv6, as in the other backends. `null` if there is none. A file that cannot be
 * read is `null`.
 */
export function defaultRouteOwner(four: string | null, six: string | null): string | null {
  return [...defaultRouteOwners(four ?? ''), ...defaultRouteOwners6(six ?? '')][0] ?? null
}

/** Splits at the kernel's separators only: the name of an interface may contain other white space (rule T6). */
function columnsOf(line: string): readonly string[] {
  return line.split(/[ \t]+/).filter((column) => column !== '')
}

function isUsable(flags: string): boolean {
  return (Number.parseInt(flags, 16) & (up | reject)) === up
}

/** Parses `/proc/net/dev`: the names of all interfaces, up or not. */
export function interfaceNames(text: string): ReadonlySet<string> {
  // The first two lines are headings. No name contains a colon.
  const lines = text.split('\n').slice(2)
  return new Set(lines.flatMap((line) => /^ *([^:]+):/.exec(line)?.[1] ?? []))
}

/** Parses `/proc/net/dev`: the byte counters of an interface; `null` if it has none. */
export function interfaceTraffic(text: string, name: string): Traffic | null {
  const line = text.split('\n').find((candidate) => candidate.trimStart().startsWith(`${name}:`))
  // Eight columns for received data, bytes first, then eight for sent data.
  const columns = line
    ?.slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number)
  const [received, written] = [columns?.[0], columns?.[8]]
  return received === undefined || written === undefined ? null : { received, written }
}
