import type { ProbeTarget } from './probe.js'

/** `host:port`, `[address]:port` or an http(s) URL, as it is written on a command line; `null` for anything else. */
export function parseProbeTarget(text: string): ProbeTarget | null {
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? text : null
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535) return null
  return { host, port }
}
