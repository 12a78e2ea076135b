import type { World } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { koffi, structs } from '../src/ffi/declarations.js'
import { IfType } from '../src/ffi/numbers.js'
import type { AdapterRow, InterfaceRow, Tables, VpnRow, WifiTable } from '../src/tables/captured.js'
import { IpReader } from '../src/tables/ip-reader.js'
import { VpnEntries } from '../src/tables/vpn-entries.js'
import { WifiReader } from '../src/tables/wifi-reader.js'
import { captured, memory, seen } from './captured.js'

/** Random numbers that come again by their seed (mulberry32). */
function dice(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const one = <Value>(values: readonly Value[]): Value => values[below(values.length)] as Value
  const some = <Value>(make: () => Value): Value[] => Array.from({ length: below(4) }, make)
  return { below, one, some }
}

type Dice = ReturnType<typeof dice>

const WORDS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'a\0b',
  '\ud800',
  '\udfff x',
  '\u202e|/\\',
  '}/{',
  '\x1b[2J',
  'Hyper-V',
  'TAP-Windows',
  'x'.repeat(5_000),
]
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 24, 53, 71, 131, 243, 2 ** 31, 2 ** 32 - 1, Number.NaN]
const ADDRESSES = ['', '169.254.0.1', 'fe80::1', '10.0.0.1', '::', 'no address', '__proto__', '999.1.1.1']
const GUIDS = [...captured.ip.interfaces.map(({ guid }) => guid), '', '{}', '__proto__']
const XML = ['<WLANProfile>', '<a '.repeat(500), '<!DOCTYPE a>', '&lt;'.repeat(1_000), '</__proto__>']

function randomTables(the: Dice): Tables {
  const word = () => the.one(WORDS)
  const number = () => the.one(NUMBERS)
  const guid = () => the.one(GUIDS)
  const row = (): InterfaceRow => ({
    guid: guid(),
    index: number(),
    luid: the.one(['1', '2', '__proto__']),
    alias: word(),
    description: word(),
    type: number(),
    physicalMedium: number(),
    mtu: number(),
    hardwareAddress: the.one([null, '', 'zz', '02:00', '__proto__']),
    flags: number(),
    operStatus: the.one([1, 1, 1, number()]),
    adminStatus: number(),
    mediaState: number(),
  })
  const adapter = (): AdapterRow => ({
    guid: guid(),
    name: word(),
    flags: number(),
    addresses: the.some(() => ({ address: the.one(ADDRESSES), prefix: number(), dadState: the.one([4, 1]) })),
    gateways: the.some(() => the.one(ADDRESSES)),
    dns: the.some(word),
    searchDomains: the.some(word),
    metrics: { ipv4: number(), ipv6: number() },
  })
  const keys = () => ({ auth: the.one([1, 3, 7, 9, number()]), cipher: the.one([0, 4, number()]) })
  const wifi = (): WifiTable => ({
    guid: guid(),
    description: word(),
    state: number(),
    connection: the.one([
      null,
      'denied' as const,
      {
        profile: word(),
        ssid: the.one(['', 'zz', '61ff', '5c']),
        bssid: word(),
        signal: number(),
        keys: keys(),
      },
    ]),
    profiles: the.some(() => ({
      name: word(),
      xml: the.one([null, word(), ...XML]),
      flags: number(),
      access: number(),
    })),
    networks: the.one([
      null,
      'denied' as const,
      the.some(() => ({
        profile: word(),
        ssid: the.one(['', '61ff', '__proto__']),
        signal: number(),
        isInfrastructure: the.one([true, false]),
        isConnectable: the.one([true, false]),
        keys: keys(),
      })),
    ]),
    accessPoints: the.some(() => ({
      ssid: the.one(['', '61ff', '__proto__']),
      bssid: the.one([null, word()]),
      signal: number(),
      isSecured: the.one([true, false]),
    })),
  })
  const vpn = (): VpnRow => ({
    name: word(),
    phonebook: word(),
    isShared: the.one([true, false]),
    connection: the.one([
      null,
      { state: number(), device: word(), guid: guid(), from: the.one([null, ...ADDRESSES]) },
    ]),
  })
  return {
    ip: {
      interfaces: the.some(row),
      adapters: the.some(adapter),
      routes: the.some(() => ({
        luid: the.one(['1', '2', '__proto__']),
        family: the.one(['ipv4', 'ipv6']),
        metric: number(),
      })),
    },
    hint: the.one([
      null,
      { level: number(), cost: number(), isApproachingLimit: true, isOverLimit: false, isRoaming: false },
    ]),
    wifi: the.some(wifi),
    wifiService: the.one(['none', 'running', 'stopping', 'away']),
    storing: the.one(['yes', 'no', 'unknown']),
    networks: the.some(() => ({
      adapter: guid(),
      category: number(),
      connectivity: number(),
      cost: number(),
      isHijacked: the.one([true, false]),
    })),
    vpn: the.some(vpn),
  }
}

/** What is wrong with a world, whatever it is made of. */
function faultsOf({ configurations, defaultId }: World): string[] {
  const ids = configurations.map(({ id }) => id)
  const sorted = [...new Set(ids)].sort()
  const isSorted = ids.length === sorted.length && ids.every((id, index) => id === sorted[index])
  return [
    ...(isSorted ? [] : [`ids: ${JSON.stringify(ids)}`]),
    ...(defaultId === null || ids.includes(defaultId) ? [] : [`default: ${defaultId}`]),
    ...configurations.flatMap(({ id, bearer, uplink, carrier, connectivity, wifi }) =>
      typeof bearer === 'string' &&
      typeof uplink === 'boolean' &&
      (carrier === null || typeof carrier === 'boolean') &&
      typeof connectivity === 'string' &&
      typeof (wifi?.security ?? '') === 'string'
        ? []
        : [`${id}: ${JSON.stringify({ bearer, uplink, carrier, connectivity, wifi })}`],
    ),
  ]
}

describe('random tables', () => {
  it('make a valid world: sorted, each id once, the default among them, and no object of the prototype', () => {
    const faults: string[] = []
    for (let seed = 1; seed <= 400; seed += 1) {
      const the = dice(seed)
      const around = memory()
      let world = seen(randomTables(the), around)
      for (let step = 0; step < 3; step += 1) {
        world = seen(randomTables(the), around, world)
        faults.push(...faultsOf(world).map((fault) => `seed ${seed}: ${fault}`))
      }
    }
    expect(faults).toEqual([])
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

/** Functions of Windows that answer as told; what is missing is never called. */
function fake(functions: Readonly<Record<string, (...values: never[]) => number>>): never {
  return Object.fromEntries(
    Object.entries(functions).map(([name, run]) => [
      name,
      { sync: run, async: async (...values: never[]) => run(...values) },
    ]),
  ) as never
}

const NO_TABLES = { GetIfTable2: () => 1168, GetIpForwardTable2: () => 1168 }
const { IP_ADAPTER_ADDRESSES_LH: ADAPTER, IP_ADAPTER_UNICAST_ADDRESS_LH: UNICAST } = structs

describe('the buffer of GetAdaptersAddresses', () => {
  const reading = (write: (buffer: Buffer, start: bigint) => void) =>
    new IpReader(
      fake({
        ...NO_TABLES,
        GetAdaptersAddresses: (_family: never, _flags: never, _reserved: never, buffer: Buffer) => {
          write(buffer, koffi.address(buffer))
          return 0
        },
      }),
    ).tables()

  it('is read if it is whole', async () => {
    const { adapters } = await reading((buffer, start) => {
      const sockaddr = koffi.sizeof(ADAPTER) + koffi.sizeof(UNICAST)
      const name = sockaddr + 32
      buffer.writeUInt32LE(IfType.Ethernet, koffi.offsetof(ADAPTER, 'IfType'))
      buffer.writeBigUInt64LE(start + BigInt(name), koffi.offsetof(ADAPTER, 'FriendlyName'))
      buffer.write('Kabel\0', name, 'utf16le')
      const unicast = koffi.sizeof(ADAPTER)
      buffer.writeBigUInt64LE(start + BigInt(unicast), koffi.offsetof(ADAPTER, 'FirstUnicastAddress'))
      buffer.writeBigUInt64LE(start + BigInt(sockaddr), unicast + koffi.offsetof(UNICAST, 'Address'))
      buffer.writeInt32LE(16, unicast + koffi.offsetof(UNICAST, 'Address') + 8)
      buffer.set([2, 0, 0, 0, 192, 0, 2, 9], sockaddr)
    })
    expect(adapters).toMatchObject([{ name: 'Kabel', addresses: [{ address: '192.0.2.9' }] }])
  })

  it('is never followed out of its bounds, or in circles', async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const { below, one } = dice(seed)
      await reading((buffer, start) => {
        for (let at = 0; at + 8 <= buffer.length; at += 8) {
          const inside = start + BigInt(below(buffer.length / 8) * 8)
          const end = start + BigInt(buffer.length)
          buffer.writeBigUInt64LE(
            one([0n, 1n, 8n, inside, inside, inside, start, end - 8n, end, end + 4096n, 2n ** 64n - 1n]),
            at,
          )
        }
      })
    }
  })

  it('that is never large enough is refused', async () => {
    let calls = 0
    const reader = new IpReader(
      fake({
        ...NO_TABLES,
        GetAdaptersAddresses: () => {
          calls += 1
          return 111
        },
      }),
    )
    await expect(reader.tables()).rejects.toMatchObject({ call: 'GetAdaptersAddresses' })
    expect(calls).toBeLessThan(20)
  })
})

describe('the answer of the WLAN service', () => {
  const GUID = captured.wifi[0]?.guid ?? ''
  const reader = (functions: Readonly<Record<string, (...values: never[]) => number>>) =>
    new WifiReader(fake({ WlanFreeMemory: () => 0, ...functions }), 1)

  it('is read in full or not at all: too few bytes for a connection are no connection', async () => {
    const { WLAN_CONNECTION_ATTRIBUTES: CONNECTION } = structs
    for (const [length, connection] of [
      [
        koffi.sizeof(CONNECTION),
        { profile: '', ssid: '', bssid: null, signal: 0, keys: { auth: 0, cipher: 0 } },
      ],
      [koffi.sizeof(CONNECTION) - 4, null],
      [0, null],
    ] as const) {
      const memory = Buffer.alloc(koffi.sizeof(CONNECTION))
      const it = reader({
        WlanQueryInterface: (...values: never[]) => {
          const [, , , , size, out] = values as unknown as [never, never, never, never, number[], unknown[]]
          size[0] = length
          out[0] = memory
          return 0
        },
      })
      expect(await it.connection(GUID, 1)).toEqual(connection)
    }
  })

  it('is nothing if success comes without an answer', async () => {
    const it = reader({
      WlanEnumInterfaces: () => 0,
      WlanGetProfileList: () => 0,
      WlanGetAvailableNetworkList: () => 0,
      WlanQueryInterface: () => 0,
    })
    expect(await it.interfaces()).toEqual([])
    expect(await it.profiles(GUID)).toEqual([])
    expect(await it.networks(GUID)).toEqual([])
    expect(await it.connection(GUID, 1)).toBeNull()
  })

  it('has SSIDs of at most 32 bytes, whatever length it names', async () => {
    const { WLAN_AVAILABLE_NETWORK: NETWORK } = structs
    const list = Buffer.alloc(8 + koffi.sizeof(NETWORK))
    list.writeUInt32LE(1, 0)
    list.writeUInt32LE(0xffff_ffff, 8 + koffi.offsetof(NETWORK, 'dot11Ssid'))
    list.fill(
      0x41,
      8 + koffi.offsetof(NETWORK, 'dot11Ssid') + 4,
      8 + koffi.offsetof(NETWORK, 'dot11Ssid') + 36,
    )
    const it = reader({
      WlanGetAvailableNetworkList: (...values: never[]) => {
        ;(values[4] as unknown as unknown[])[0] = list
        return 0
      },
    })
    expect(await it.networks(GUID)).toMatchObject([{ profile: '', ssid: '41'.repeat(32), signal: 0 }])
  })
})

describe('the answer of the phone books', () => {
  it('has at most the rows that fit, whatever it says', async () => {
    const ras = fake({
      RasConnectionNotificationW: () => 1,
      RasEnumEntriesW: (...values: never[]) => {
        ;(values[4] as unknown as number[])[0] = 0xffff_ffff
        return 0
      },
      RasEnumConnectionsW: () => 603,
    })
    const libraries = { get: (name: string) => (name === 'rasapi32' ? ras : null) }
    const entries = await VpnEntries.open(libraries as never, { onHint() {}, onError() {} })
    expect((await entries?.entries())?.length).toBeLessThanOrEqual(1024)
  })
})
