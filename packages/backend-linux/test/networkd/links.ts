import { type LinkDescription, readDescription } from '../../src/networkd/description.js'
import type { LinkSettings } from '../../src/networkd/network-file.js'
import type { LinkFacts } from '../../src/networkd/translate.js'

/** What a real networkd (252.39) has said of eth-a, without what is not read. */
export function captured(changes: object = {}): Record<string, unknown> {
  return {
    Index: 2,
    Name: 'eth-a',
    Kind: 'veth',
    Type: 'ether',
    Driver: 'veth',
    Flags: 69699,
    FlagsString: 'up,broadcast,running,multicast,lower-up',
    KernelOperationalState: 6,
    MTU: 1500,
    HardwareAddress: [2, 0, 0, 0, 0, 1],
    AdministrativeState: 'configured',
    OperationalState: 'routable',
    CarrierState: 'carrier',
    AddressState: 'routable',
    IPv4AddressState: 'routable',
    IPv6AddressState: 'degraded',
    OnlineState: 'online',
    NetworkFile: '/nowhere/10-lab-a.network',
    RequiredForOnline: true,
    ActivationPolicy: 'up',
    DNS: [{ Family: 2, Address: [10, 91, 0, 1], ConfigSource: 'DHCPv4', ConfigProvider: [10, 91, 0, 1] }],
    SearchDomains: [{ Domain: 'lab.example', ConfigSource: 'static' }],
    Addresses: [ADDRESS6, ADDRESS4],
    Routes: [
      DEFAULT_ROUTE,
      { ...DEFAULT_ROUTE, DestinationPrefixLength: 32, Destination: [10, 91, 0, 1], Gateway: undefined },
      {
        ...DEFAULT_ROUTE,
        Family: 10,
        Destination: bytes6(0xff),
        DestinationPrefixLength: 8,
        TypeString: 'multicast',
        Table: 255,
      },
    ],
    ...changes,
  }
}

export const ADDRESS4 = {
  Family: 2,
  Address: [10, 91, 0, 64],
  Broadcast: [10, 91, 0, 255],
  PrefixLength: 24,
  Scope: 0,
  Flags: 0,
  FlagsString: null,
  ConfigSource: 'DHCPv4',
  ConfigState: 'configured',
}

export const ADDRESS6 = {
  Family: 10,
  Address: [254, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 254, 0, 0, 1],
  PrefixLength: 64,
  Scope: 253,
  Flags: 128,
  ConfigSource: 'foreign',
  ConfigState: 'configured',
}

export const DEFAULT_ROUTE = {
  Family: 2,
  Destination: [0, 0, 0, 0],
  DestinationPrefixLength: 0,
  Gateway: [10, 91, 0, 1],
  PreferredSource: [10, 91, 0, 64],
  Type: 1,
  TypeString: 'unicast',
  Priority: 100,
  Table: 254,
  TableString: 'main(254)',
  ConfigSource: 'DHCPv4',
  ConfigState: 'configured',
}

/** An IPv6 address that begins with a byte and is zero otherwise. */
export function bytes6(first: number): number[] {
  return [first, ...Array<number>(15).fill(0)]
}

/** What is read of {@link captured}, with changes. */
export function described(changes: object = {}): LinkDescription {
  const description = readDescription(JSON.stringify(captured(changes)))
  if (description === null) throw new Error('it describes no link')
  return description
}

const ROUTED: LinkSettings = { hasAddresses: true, leadsOut: true }

export function facts(changes: object = {}, settings: Partial<LinkSettings> = {}): LinkFacts {
  return { description: described(changes), settings: { ...ROUTED, ...settings } }
}
