import { describe, expect, it } from 'vitest'
import type { Tables, WifiNetwork, WifiProfile, WifiTable } from '../src/tables/captured.js'
import { captured, memory, seen, WIFI, withWifi } from './captured.js'

const WPA2 = { auth: 7, cipher: 4 }
const OPEN = { auth: 1, cipher: 0 }
const hex = (text: string) => Buffer.from(text).toString('hex')

function network(ssid: string, facts: Partial<WifiNetwork> = {}): WifiNetwork {
  const common = { profile: '', signal: 50, isInfrastructure: true, isConnectable: true, keys: WPA2 }
  return { ...common, ssid: hex(ssid), ...facts }
}

/** The Wi-Fi configurations of an interface that is not connected, by their names. */
function listed(facts: Partial<WifiTable>, options = { visibleNetworks: true }) {
  const { configurations } = seen(withWifi({ state: 4, connection: null, ...facts }), memory(options))
  return new Map(configurations.filter(({ bearer }) => bearer === 'wlan').map((one) => [one.id, one]))
}

const id = (profile: string) => `wifi:${WIFI}/${profile}`
const profiles: readonly WifiProfile[] = captured.wifi.flatMap((table) => table.profiles)

describe('N1 networks in sight', () => {
  it('are listed once, also if Windows lists them several times', () => {
    const networks = [
      network('New', { isConnectable: false, signal: 20 }),
      network('New', { signal: 43 }),
      network('New', { isConnectable: false, signal: 10 }),
    ]
    const found = listed({ networks, profiles: [] })
    expect([...found.keys()]).toEqual([id('New (wpa)')])
    expect(found.get(id('New (wpa)'))).toMatchObject({
      name: 'New',
      saved: false,
      activate: 'yes',
      inRange: true,
      signal: 45,
      network: 'New',
      wifi: { ssid: 'New', hidden: false, security: 'wpa' },
    })
  })

  it('are not listed beside their profile, which Windows lists twice while it is connected', () => {
    const networks = [network('Home', { profile: 'Home' }), network('Home')]
    expect([...listed({ networks, profiles }).keys()]).toEqual([id('Gone'), id('Home')])
  })

  it('have a profile if Windows says so, even if the profile may not be read', () => {
    const unread = [{ name: 'Secret', xml: null, flags: 0, access: 0 }]
    const networks = [network('Home', { profile: 'Secret' }), network('Home')]
    expect([...listed({ networks, profiles: unread }).keys()]).toEqual([id('Secret')])
  })

  it('are another network if their security is another one', () => {
    const networks = [network('Home', { keys: OPEN })]
    expect([...listed({ networks, profiles }).keys()]).toContain(id('Home (open)'))
  })

  it.each<[string, Partial<WifiNetwork>]>([
    ['hidden', { ssid: '' }],
    ['hidden behind zeros', { ssid: '0000' }],
    ['an ad hoc network', { isInfrastructure: false }],
  ])('are not listed if they are %s', (_, facts) => {
    expect(listed({ networks: [network('New', facts)], profiles: [] }).size).toBe(0)
  })

  it('cannot be opened if Windows says that it cannot connect', () => {
    const found = listed({ networks: [network('New', { isConnectable: false })], profiles: [] })
    expect(found.get(id('New (wpa)'))).toMatchObject({ activate: 'no', inRange: true })
  })

  it('are at their strongest access point, unless two with security have the same name', () => {
    const point = (bssid: string, signal: number, isSecured: boolean) => ({
      ssid: hex('New'),
      bssid,
      signal,
      isSecured,
    })
    const accessPoints = [point('a', 30, true), point('b', 80, true), point('c', 99, false)]
    const networks = [network('New'), network('New', { keys: OPEN })]
    const both = listed({ networks, profiles: [], accessPoints })
    expect([...both.values()].map((one) => one.point)).toEqual(['c', 'b'])
    const more = [...networks, network('New', { keys: { auth: 9, cipher: 4 } })]
    const all = listed({ networks: more, profiles: [], accessPoints })
    expect([...all.values()].map((one) => one.point)).toEqual(['c', null, null])
    expect(
      [...listed({ networks, profiles: [], accessPoints: [] }).values()].map((one) => one.point),
    ).toEqual([null, null])
  })

  it.each(['denied', null] as const)('are not known if the list is %s', (networks) => {
    expect(listed({ networks, profiles: [] }).size).toBe(0)
  })
})

describe('a connection whose profile is not stored', () => {
  const connection = { profile: 'Airport', ssid: hex('Free'), bssid: null, signal: 70, keys: OPEN }
  const connected: Tables = withWifi({
    state: 1,
    connection,
    profiles: [],
    networks: [network('Free', { keys: OPEN })],
  })

  it.each([true, false])(
    'is a configuration, and the only one of its network (visibleNetworks: %s)',
    (visibleNetworks) => {
      const { configurations } = seen(connected, memory({ visibleNetworks }))
      const wlan = configurations.filter(({ bearer }) => bearer === 'wlan')
      expect(wlan).toMatchObject([
        { id: id('Airport'), name: 'Free', saved: false, link: 'up', activate: 'no' },
      ])
    },
  )

  it('may be saved while it is up, because Windows has its key', () => {
    const secured = { ...connection, keys: WPA2 }
    const { configurations } = seen(withWifi({ state: 1, connection: secured, profiles: [] }))
    expect(configurations.find((one) => one.id === id('Airport'))).toMatchObject({ save: 'yes' })
  })
})

describe('N6, N7 what the system permits', () => {
  const of = (name: string, tables: Tables, options = { visibleNetworks: true }) =>
    seen(tables, memory(options)).configurations.find((one) => one.id === id(name))

  it.each<[Partial<WifiProfile>, string]>([
    [{ access: 0x7_0023 }, 'yes'],
    [{ access: 0x2_0021 }, 'no'],
    [{ access: 0 }, 'unknown'],
    [{ flags: 1, access: 0x7_0023 }, 'no'],
    [{ flags: 2, access: 0 }, 'yes'],
  ])('a profile with %j: forget %s', (facts, forget) => {
    const tables = withWifi({ profiles: profiles.map((profile) => ({ ...profile, ...facts })) })
    expect(of('Gone', tables)).toMatchObject({ forget })
  })

  it.each(['yes', 'no', 'unknown'] as const)(
    'storing %s holds for open networks and for profiles',
    (storing) => {
      const tables = { ...withWifi({ networks: [network('New', { keys: OPEN }), network('Shut')] }), storing }
      expect(of('New (open)', tables)).toMatchObject({ save: storing, forget: storing })
      expect(of('Shut (wpa)', tables)).toMatchObject({ save: 'no', forget: storing })
      expect(of('Home', tables)).toMatchObject({ save: storing })
    },
  )

  it('a profile that opening a network made keeps the name of the network', () => {
    const [home] = profiles
    const stored = [{ ...home, name: 'Home (wpa)' }] as readonly WifiProfile[]
    expect(of('Home (wpa)', withWifi({ profiles: stored }))).toMatchObject({ name: 'Home', saved: true })
  })
})
