import type { Traffic } from '@roamkit/core/contract'

/** The flags of a route, from the kernel's `route.h`. */
const up = 0x0001
const reject = 0x0200

/** The interfaces of the IPv4 default routes, the one with the least metric first, from the text of `/proc/net/route`. */
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

/** The interfaces of the IPv6 default routes, from the text of `/proc/net/ipv6_route`, which has no headings. */
export function defaultRouteOwners6(text: string): readonly string[] {
  return text
    .split('\n')
    .map(columnsOf)
    .filter(([destination = '', prefix, , , , , , , flags = '']) => {
      return /^0{32}$/.test(destination) && prefix === '00' && isUsable(flags)
    })
    .map((columns) => columns[9] ?? '')
}

/** By the kernel's own separators: the name of an interface may have other letters, wide blanks among them (rule T6). */
function columnsOf(line: string): readonly string[] {
  return line.split(/[ \t]+/).filter((column) => column !== '')
}

function isUsable(flags: string): boolean {
  return (Number.parseInt(flags, 16) & (up | reject)) === up
}

/** The names of all interfaces, up or not, from the text of `/proc/net/dev`. */
export function interfaceNames(text: string): ReadonlySet<string> {
  // Two lines of headings; no name has a colon in it.
  const lines = text.split('\n').slice(2)
  return new Set(lines.flatMap((line) => /^ *([^:]+):/.exec(line)?.[1] ?? []))
}

/** The bytes through an interface, from the text of `/proc/net/dev`. */
export function interfaceTraffic(text: string, name: string): Traffic | null {
  const line = text.split('\n').find((candidate) => candidate.trimStart().startsWith(`${name}:`))
  // Eight columns of what was received, bytes first, then eight of what was sent.
  const columns = line
    ?.slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number)
  const [received, written] = [columns?.[0], columns?.[8]]
  return received === undefined || written === undefined ? null : { received, written }
}
