import { ordinal, type Properties, path, texts } from '../../bus/property.js'
import { IP4, IP6 } from '../objects/names.js'
import { addressesOf } from './addresses.js'
import { configuredWith, devicesWith } from './keys.js'

/** Where a VPN's device is looked up. */
export interface TunnelFacts {
  read(path: string, name: string): Properties | undefined
  members(key: string): Iterable<string>
}

/**
 * The path of the tun device of a VPN by plugin; `null` if there is none (rule T2). Its active connection names only the device of its
 * base. The tun is another device, with the same addresses.
 */
export function tunnelDevice(active: Properties | undefined, facts: TunnelFacts): string | null {
  const bases = new Set(texts(active, 'Devices'))
  const found: string[] = []
  for (const [name, as] of [
    ['Ip4Config', IP4],
    ['Ip6Config', IP6],
  ] as const) {
    const own = path(active, name)
    if (own === null) continue
    for (const address of addressesOf(facts.read(own, as)))
      for (const ip of facts.members(configuredWith(address)))
        for (const device of facts.members(devicesWith(ip))) if (!bases.has(device)) found.push(device)
  }
  return found.sort((a, b) => ordinal(a) - ordinal(b))[0] ?? null
}
