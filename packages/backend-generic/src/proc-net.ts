import type { Traffic } from '@roamkit/core/contract'

/** The flags of a route, from the kernel's `route.h`. */
const up = 0x0001
const reject = 0x0200

/** The interface of the IPv4 default route with the least metric, from the text of `/proc/net/route`. */
export function defaultRouteOwner(text: string): string | null {
  const routes = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , flags = '', , , , mask]) => {
      const isDefault = destination === '00000000' && mask === '00000000'
      return isDefault && (Number.parseInt(flags, 16) & (up | reject)) === up
    })
    .map(([name = '', , , , , , metric = '']) => ({ name, metric: Number(metric) }))
    .sort((a, b) => a.metric - b.metric)
  return routes[0]?.name ?? null
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
