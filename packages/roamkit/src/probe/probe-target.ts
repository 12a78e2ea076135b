import { checkArgument, type Expected, expected } from '@roamkit/core/backend-kit'

/** What is tried: a port, or a URL. */
export type Aim = { readonly host: string; readonly port: number; readonly url: null } | UrlAim

/** A URL to try. */
export interface UrlAim {
  readonly host: string
  readonly port: number
  readonly url: URL
}

/** What is tried through a link: a TCP port, or a URL of `http:` or `https:`. */
export type ProbeTarget = { readonly host: string; readonly port: number } | URL | string

/** `host:port`, `[address]:port` or an http(s) URL, as it is written on a command line; `null` for anything else. */
export function parseProbeTarget(text: string): ProbeTarget | null {
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? text : null
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535) return null
  return { host, port }
}

const TARGET: Expected = { wants: 'a host and a port, or a URL', holds: expected.object.holds }

/** What a probe aims at. @throws TypeError */
export function aimOf(target: ProbeTarget): Aim {
  if (typeof target === 'string' || target instanceof URL) return urlAim('a probe', target)
  checkArgument('the target of probe()', target, TARGET)
  const { host, port } = target
  checkArgument('the host of probe()', host, expected.name)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`a probe needs a port from 1 to 65535, not ${String(port)}`)
  return { host, port, url: null }
}

/** @param taker who takes the URL, for the error @throws TypeError */
export function urlAim(taker: string, address: unknown): Aim {
  const text = typeof address === 'string' || address instanceof URL ? String(address) : ''
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new TypeError(`${taker} takes http: and https: URLs, not '${url?.href ?? String(address)}'`)
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, url }
}
