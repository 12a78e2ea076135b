import { asDictionaries, list, number, oncePerArray, type Properties, text } from '../../bus/property.js'
import { ipFamily } from '../../ip-family.js'

/** An address with its network, in CIDR notation; `null` if it is not an address. */
export function cidr(address: string, prefix: number): string | null {
  const longest = ipFamily(address) === 4 ? 32 : ipFamily(address) === 6 ? 128 : -1
  return Number.isInteger(prefix) && prefix >= 0 && prefix <= longest ? `${address}/${prefix}` : null
}

/** The addresses of an IP4Config or IP6Config, in CIDR notation, without invalid ones. */
export function addressesOf(ip: Properties | undefined): readonly string[] {
  return addressesIn(list(ip, 'AddressData'))
}

const addressesIn = oncePerArray((values: readonly unknown[]) =>
  asDictionaries(values).flatMap((data) => cidr(text(data, 'address'), number(data, 'prefix')) ?? []),
)

/** The kernel's table for routes that no rule chooses; 0 stands for it, too. */
const MAIN_TABLE = 254

/** Whether one of the routes leads everywhere without a rule. A point-to-point link has such a route and no gateway. */
export function hasDefaultRoute(routes: readonly Properties[]): boolean {
  return routes.some((route) => {
    const type = text(route, 'type')
    if (type !== '' && type !== 'unicast') return false
    if (![0, MAIN_TABLE].includes(number(route, 'table'))) return false
    return number(route, 'prefix') === 0 && /^[0.:]+$/.test(text(route, 'dest'))
  })
}
