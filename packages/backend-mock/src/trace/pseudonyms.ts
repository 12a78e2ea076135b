import type { LinkConfiguration, LinkInterface } from '@roamkit/core/contract'
import type { WorldFacts } from './trace-lines.js'

/** A hardware address, a GUID, or twelve hex digits: something that identifies a machine. */
const IDENTIFYING = /[0-9a-f]{2}([:-][0-9a-f]{2}){5}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12}/i

/** What a system's term for a reason is made of. */
const TERM = /^[\w ().:-]*$/

/** Names of interfaces that every machine may have: of the kernel, by their place in the machine, and of Windows. People choose others. */
const COMMON_DEVICE =
  /^(?:lo|(?:eth|wlan|wwan|usb|tun|tap|wg|ppp|br|bond|team|bnep|veth|dummy|docker|virbr|cdc-wdm|ttyUSB|ttyACM)\d{1,4}|(?:en|wl|ww|ib)(?:[Ppsfdonuci]\d{1,5})+|(?:Ethernet|Wi-Fi)(?: \d{1,2})?)(?:\.\d{1,4})?$/

/** Addresses that every network may have. */
const PRIVATE =
  /^(?:::1|(?:(?:10|127)\.\d{1,3}|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2})(?:\/\d{1,3})?$/

/**
 * Replaces what identifies a person, a place or a machine: SSIDs, BSSIDs, hardware addresses, names, identifiers, public addresses, domains. The
 * same value always has the same replacement, so that a trace still shows what belongs together.
 */
export class Pseudonyms {
  readonly #kinds = new Map<string, Map<string, string>>()

  /** A configuration. */
  link(link: LinkConfiguration): LinkConfiguration {
    const { ended, network, point, proxy, wifi, metered, cellular, portal } = link
    return {
      ...link,
      id: this.id(link.id),
      name: this.#of('name', link.name, (count) => `Network ${count}`),
      activation: maybe(link.activation, (activation) => this.activation(activation)),
      ended: maybe(ended, ({ activation, reason, native }) => ({
        activation: this.activation(activation),
        reason,
        native: maybe(native, (term) => (TERM.test(term) && !IDENTIFYING.test(term) ? term : 'hidden')),
      })),
      device: maybe(link.device, (device) => this.#device(device)),
      over: maybe(link.over, (id) => this.id(id)),
      network: maybe(network, (name) => this.#of('network', name, (count) => `network-${count}`)),
      point: maybe(point, (address) => this.#hardware(address)),
      interface: maybe(link.interface, (of) => this.#interface(of)),
      proxy: maybe(proxy, ({ method, pac }) => ({ method, pac: maybe(pac, () => 'hidden') })),
      wifi: maybe(wifi, ({ ssid, hidden, security }) => ({
        ssid: this.#of('ssid', ssid, (count) => `ssid-${count}`),
        hidden,
        security,
      })),
      metered: maybe(metered, ({ value, sure }) => ({ value, sure })),
      // Many people use the same operator, so it stays.
      ...(cellular !== undefined && {
        cellular: maybe(cellular, ({ operator, operatorCode, registration }) => ({
          operator,
          operatorCode,
          registration,
        })),
      }),
      portal: maybe(portal, (url) => this.#of('portal', url, (count) => `https://portal-${count}.example/`)),
    }
  }

  /** The facts of a world. */
  world(facts: WorldFacts): WorldFacts {
    const { scope, defaultId } = facts
    return {
      ...facts,
      scope: maybe(scope, () => 'hidden'),
      defaultId: maybe(defaultId, (id) => this.id(id)),
    }
  }

  /** The id of a configuration. Those that are seen in their order keep it, up to 9,999 of them. */
  id(id: string): string {
    return this.#of('id', id, (count) => `link-${String(count).padStart(4, '0')}`)
  }

  activation(activation: string): string {
    return this.#of('activation', activation, (count) => `activation-${count}`)
  }

  #device(device: string): string {
    return COMMON_DEVICE.test(device) ? device : this.#of('device', device, (count) => `device${count}`)
  }

  #interface({
    name,
    index,
    hardwareAddress,
    mtu,
    addresses,
    gateways,
    dns,
    searchDomains,
  }: LinkInterface): LinkInterface {
    return {
      index,
      mtu,
      name: this.#device(name),
      hardwareAddress: maybe(hardwareAddress, (address) => this.#hardware(address)),
      addresses: addresses.map((address) => this.#address(address)),
      gateways: gateways.map((address) => this.#address(address)),
      dns: dns.map((address) => this.#address(address)),
      searchDomains: searchDomains.map((domain) =>
        this.#of('domain', domain, (count) => `domain-${count}.example`),
      ),
    }
  }

  /** 02 marks a locally administered address, which no real hardware has. */
  #hardware(address: string): string {
    return this.#of('hardware', address.toLowerCase(), (count) => {
      const hex = count.toString(16).padStart(8, '0')
      return ['02', '00', ...(hex.match(/../g) ?? [])].join(':')
    })
  }

  /** Replaced by one of the same family and scope, with the same prefix length. */
  #address(text: string): string {
    if (PRIVATE.test(text)) return text
    const [, address = text, end = ''] = /^(.*)(\/\d{1,3})$/s.exec(text) ?? []
    const isV4 = !address.includes(':')
    const replacement = this.#of(isV4 ? 'v4' : 'v6', address, (count) => {
      // The ranges for benchmarks and for documentation.
      if (isV4) return `198.${18 + ((count >> 16) & 1)}.${(count >> 8) & 255}.${count & 255}`
      const network = /^fe[89ab]/i.test(address) ? 'fe80' : /^f[cd]/i.test(address) ? 'fd00' : '2001:db8'
      const high = count >> 16 === 0 ? '' : `${(count >> 16).toString(16)}:`
      return `${network}::${high}${(count & 0xffff).toString(16)}`
    })
    return replacement + end
  }

  #of(kind: string, value: string, make: (count: number) => string): string {
    let known = this.#kinds.get(kind)
    if (known === undefined) {
      known = new Map()
      this.#kinds.set(kind, known)
    }
    let pseudonym = known.get(value)
    if (pseudonym === undefined) {
      pseudonym = make(known.size + 1)
      known.set(value, pseudonym)
    }
    return pseudonym
  }
}

function maybe<Value, Result>(value: Value | null, make: (value: Value) => Result): Result | null {
  return value === null ? null : make(value)
}
