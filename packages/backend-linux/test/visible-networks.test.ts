import type { LinkConfiguration } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { PROPERTIES } from '../src/bus/bus-port.js'
import {
  ACCESS_POINT,
  DEVICE,
  OBJECT_MANAGER,
  PROFILE,
  ROOT_PATH,
  SETTINGS,
  WIRELESS,
} from '../src/networkmanager/objects/names.js'
import { networkId } from '../src/networkmanager/objects/network-id.js'
import { networkProfile } from '../src/networkmanager/objects/network-profile.js'
import { accessPoint, SUITES, wlan } from './air.js'
import { asSent, sent } from './as-sent.js'
import { AT, LAB_A, manager, profile, settings } from './captured.js'
import { translate } from './machine.js'

const wifi = (ssid: string, parts = {}) => ({
  connection: { type: '802-11-wireless' },
  '802-11-wireless': { ssid: Uint8Array.from(Buffer.from(ssid)), mode: 'infrastructure' },
  ...parts,
})
const psk = { '802-11-wireless-security': { 'key-mgmt': 'wpa-psk' } }

/** The networks without a profile in a machine that sees these access points. */
function visible(objects: object, more: Partial<Parameters<typeof translate>[0]> = {}) {
  return translate({ objects: { ...manager(), ...objects }, settings: {}, visibleNetworks: true, ...more })
}

const bySsid = (configurations: readonly LinkConfiguration[]) =>
  configurations.map((one) => [one.wifi?.ssid, one.wifi?.security, one.signal])

describe('N1 a network without a profile', () => {
  it('is a configuration: discovered, not saved, with the strongest access point', () => {
    const { world } = visible({
      ...accessPoint(1, 'Café', { Strength: 40 }),
      ...accessPoint(2, 'Café', { Strength: 81 }),
      ...wlan([1, 2]),
    })
    expect(world.configurations).toEqual([
      {
        id: networkId(Buffer.from('Café'), 'wpa'),
        name: 'Café',
        bearer: 'wlan',
        purpose: 'private',
        saved: false,
        uplink: true,
        activate: 'yes',
        deactivate: 'yes',
        save: 'yes',
        forget: 'yes',
        inRange: true,
        carrier: null,
        link: 'down',
        activation: null,
        ended: null,
        device: 'wlan0',
        over: null,
        network: 'Café',
        point: '02:00:00:00:00:02',
        interface: null,
        proxy: null,
        wifi: { ssid: 'Café', hidden: false, security: 'wpa' },
        signal: 80,
        metered: null,
        cellular: null,
        connectivity: 'unknown',
        portal: null,
      },
    ])
    expect(Object.isFrozen(world.configurations[0])).toBe(true)
  })

  it.each([
    ['another SSID', wifi('Bar', psk)],
    ['another kind of security', wifi('Café', { '802-11-wireless-security': { 'key-mgmt': 'owe' } })],
  ])('is not listed while a profile of its id is for %s: an id stands for one configuration', (_, parts) => {
    const id = networkId(Buffer.from('Café'), 'wpa')
    const machine = visible(
      { ...accessPoint(1, 'Café'), ...wlan([1]), ...profile(1) },
      { settings: { 1: settings('changed by its user', id, parts) } },
    )
    const names = () => machine.translator.world().configurations.map(({ name }) => name)
    expect(names()).toEqual(['changed by its user'])
    machine.mirror.fill(asSent(accessPoint(1, 'Café', { Strength: 90 })))
    expect([names(), machine.translator.network(id)]).toEqual([['changed by its user'], null])
    const signal = { path: ROOT_PATH, interface: OBJECT_MANAGER, member: 'InterfacesRemoved', sender: ':1.5' }
    machine.mirror.apply({ ...signal, body: [`${AT}/Settings/1`, [PROFILE]] })
    expect(names()).toEqual(['Café'])
  })

  it('is not listed unless the option says so', () => {
    const objects = { ...manager(), ...accessPoint(1, 'Café'), ...wlan([1]) }
    expect(translate({ objects, settings: {} }).world.configurations).toEqual([])
  })

  it.each([
    ['a hidden one', accessPoint(1, '')],
    ['a hidden one that sends zeros', accessPoint(1, new Uint8Array(7))],
    ['one of another computer (ad hoc)', accessPoint(1, 'x', { Mode: 1 })],
    ['a mesh or what calls itself a hotspot', accessPoint(1, 'x', { Mode: 3 })],
    // nm_wifi_ap_new_fake_from_connection(): with the flags of WEP, whatever the security of the profile.
    [
      'one that NetworkManager makes up while it looks for a hidden one',
      accessPoint(1, 'x', { HwAddress: '', RsnFlags: 0, Strength: 0, LastSeen: -1 }),
    ],
    ['an SSID that is too long', accessPoint(1, 'x'.repeat(33))],
  ])('%s is not listed', (_, objects) => {
    expect(visible({ ...objects, ...wlan([1]) }).world.configurations).toEqual([])
  })

  it('that iwd has found has no point: NetworkManager makes up an address for it', () => {
    const made = { HwAddress: '00:01:02:00:00:07', Frequency: 2417, MaxBitrate: 65000, Flags: 0 }
    const { world } = visible({ ...accessPoint(1, 'x', made), ...wlan([1]) })
    expect(world.configurations).toMatchObject([{ name: 'x', point: null, wifi: { security: 'wpa' } }])
  })

  it('our own hotspot is not listed, although NetworkManager shows it as an access point of others', () => {
    const hotspot = {
      AccessPoints: [`${AT}/AccessPoint/1`],
      ActiveAccessPoint: `${AT}/AccessPoint/1`,
      Mode: 3,
    }
    const hosting = wlan([1])
    Object.assign(hosting[`${AT}/Devices/3`] ?? {}, { [WIRELESS]: hotspot })
    const objects = { ...accessPoint(1, 'x', { Strength: 0, LastSeen: -1 }), ...hosting }
    const machine = visible(objects)
    expect(machine.world.configurations).toEqual([])
    // A second adapter hears it, as an object of its own.
    machine.mirror.fill(asSent({ ...accessPoint(2, 'x'), ...wlan([2], { number: 4, name: 'wlan1' }) }))
    expect(machine.translator.world().configurations).toMatchObject([{ device: 'wlan1', signal: 60 }])
    machine.mirror.fill(asSent({ [`${AT}/Devices/4`]: { [WIRELESS]: { AccessPoints: [] } } }))
    machine.mirror.apply({
      ...{ path: ROOT_PATH, interface: OBJECT_MANAGER, member: 'InterfacesRemoved', sender: ':1.5' },
      body: [`${AT}/AccessPoint/2`, [ACCESS_POINT]],
    })
    expect(machine.translator.world().configurations).toEqual([])
  })

  it.each([
    ['open', { Flags: 0, RsnFlags: 0 }, 'yes', 'public'],
    ['wep', { RsnFlags: 0 }, 'yes', 'private'],
    ['wpa', { WpaFlags: SUITES.psk, RsnFlags: 0 }, 'yes', 'private'],
    ['wpa', { RsnFlags: SUITES.both }, 'yes', 'private'],
    ['wpa3', { RsnFlags: SUITES.sae }, 'yes', 'private'],
    ['owe', { Flags: 0, RsnFlags: SUITES.owe }, 'yes', 'public'],
    // nm_wifi_utils_complete_connection() makes a profile for OWE of one for an open network then.
    ['owe', { Flags: 0, RsnFlags: SUITES.oweTransition }, 'yes', 'public'],
    ['enterprise', { RsnFlags: SUITES.enterprise }, 'no', 'private'],
  ])('knows %s networks', (security, facts, activate, purpose) => {
    const [one] = visible({ ...accessPoint(1, 'x', facts), ...wlan([1]) }).world.configurations
    expect([one?.wifi?.security, one?.activate, one?.purpose]).toEqual([security, activate, purpose])
  })

  it('T6: is told apart by bytes and by security, and has an id that depends on nothing else', () => {
    const latin = Uint8Array.from([0x43, 0xe9])
    const objects = {
      ...accessPoint(1, 'Cé'),
      ...accessPoint(2, latin),
      ...accessPoint(3, 'C\\xe9'),
      ...accessPoint(4, 'Cé', { Flags: 0, RsnFlags: 0 }),
    }
    const { world } = visible({ ...objects, ...wlan([1, 2, 3, 4]) })
    const ids = world.configurations.map(({ id }) => id)
    expect([new Set(ids).size, [...ids].sort()]).toEqual([4, ids])
    expect(
      new Set(world.configurations.map(({ name, wifi: facts }) => `${name} ${facts?.security}`)).size,
    ).toBe(4)
    const other = visible({ ...accessPoint(9, latin), ...wlan([9], { number: 7, name: 'wlan7' }) })
    expect(ids).toContain(other.world.configurations[0]?.id)
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it.each([
    ['of the same security', wifi('x', psk), 0],
    [
      'for WPA3, which joins the same networks',
      wifi('x', { '802-11-wireless-security': { 'key-mgmt': 'sae' } }),
      0,
    ],
    [
      'of a security that is unknown here',
      wifi('x', { '802-11-wireless-security': { 'key-mgmt': 'new' } }),
      0,
    ],
    ['for another SSID', wifi('y', psk), 1],
    ['for an open network of that name', wifi('x'), 1],
    [
      'that makes such a network itself',
      wifi('x', { ...psk, '802-11-wireless': { ssid: Uint8Array.from([0x78]), mode: 'ap' } }),
      1,
    ],
  ])('with a profile %s', (_, parts, unsaved) => {
    const objects = { ...accessPoint(1, 'x'), ...wlan([1]), ...profile(1) }
    const { world } = visible(objects, { settings: { 1: settings('mine', LAB_A, parts) } })
    expect(world.configurations.filter(({ saved }) => !saved)).toHaveLength(unsaved)
    expect(world.configurations.filter(({ saved }) => saved)).toHaveLength(1)
  })

  it('belongs to an idle device that sees it, if there is one', () => {
    const busy = { facts: { ActiveConnection: `${AT}/ActiveConnection/1` } }
    const objects = { ...accessPoint(1, 'x'), ...wlan([1], busy), ...wlan([1], { number: 4, name: 'wlan1' }) }
    expect(visible(objects).world.configurations[0]?.device).toBe('wlan1')
  })

  it('that was opened here stays when it is out of sight', () => {
    const objects = { ...accessPoint(1, 'x'), ...wlan([1]) }
    const keptNetworks = new Set(['visible 78 wpa'])
    const { mirror, translator } = visible(objects, { keptNetworks })
    const signal = { path: ROOT_PATH, interface: OBJECT_MANAGER, member: 'InterfacesRemoved', sender: ':1.5' }
    mirror.apply({ ...signal, body: [`${AT}/AccessPoint/1`, [ACCESS_POINT]] })
    expect(translator.world().configurations).toMatchObject([
      { name: 'x', inRange: false, activate: 'unknown', signal: null, point: null, device: null },
    ])
    expect(visible({}, { keptNetworks }).world.configurations).toHaveLength(1)
  })
})

describe('incrementally', () => {
  const objects = {
    ...accessPoint(1, 'x'),
    ...accessPoint(2, 'y'),
    ...accessPoint(3, 'y', { Strength: 20 }),
    ...wlan([1, 2, 3]),
  }
  const change = (path: string, name: string, facts: object) => ({
    path,
    interface: PROPERTIES,
    member: 'PropertiesChanged',
    body: [name, asSent(facts), []],
    sender: ':1.5',
  })

  it('what did not change is the same object', () => {
    const { mirror, translator, world } = visible(objects)
    const before = new Map(world.configurations.map((one) => [one.name, one]))
    mirror.apply(change(`${AT}/AccessPoint/3`, ACCESS_POINT, { Strength: 90 }))
    const after = translator.world()
    expect(bySsid(after.configurations).sort()).toEqual([
      ['x', 'wpa', 60],
      ['y', 'wpa', 90],
    ])
    expect(after.configurations.find(({ name }) => name === 'x')).toBe(before.get('x'))
    mirror.apply(change(`${AT}/AccessPoint/3`, ACCESS_POINT, { Strength: 89 }))
    expect(translator.world()).toBe(after)
  })

  it('a device that changes reads no access point that it saw before', () => {
    const { mirror, translator } = visible(objects)
    const reads: string[] = []
    const read = mirror.read.bind(mirror)
    mirror.read = (path, name) => {
      if (name === ACCESS_POINT) reads.push(path)
      return read(path, name)
    }
    mirror.apply(change(`${AT}/Devices/3`, WIRELESS, { LastScan: 2 }))
    const seen = [1, 2, 3].map((one) => `${AT}/AccessPoint/${one}`)
    mirror.apply(change(`${AT}/Devices/3`, WIRELESS, { AccessPoints: [...seen, `${AT}/AccessPoint/4`] }))
    translator.world()
    reads.length = 0
    mirror.fill(asSent(accessPoint(4, 'z')))
    translator.world()
    expect(new Set(reads)).toEqual(new Set([`${AT}/AccessPoint/4`]))
  })

  it('a network that gets a profile becomes that profile’s configuration, and the other way round', () => {
    const { mirror, translator, world } = visible(objects)
    const others = () => translator.world().configurations.filter(({ name }) => name !== 'x')
    const before = others()
    mirror.fill(asSent(profile(1)))
    expect(translator.world().configurations).toEqual(world.configurations)
    mirror.annotate(`${AT}/Settings/1`, SETTINGS, sent(settings('mine', LAB_A, wifi('x', psk))))
    expect(
      translator
        .world()
        .configurations.map(({ name }) => name)
        .sort(),
    ).toEqual(['mine', 'y'])
    const signal = { path: ROOT_PATH, interface: OBJECT_MANAGER, member: 'InterfacesRemoved', sender: ':1.5' }
    mirror.apply({
      ...signal,
      body: [`${AT}/Settings/1`, ['org.freedesktop.NetworkManager.Settings.Connection']],
    })
    expect(
      translator
        .world()
        .configurations.map(({ name }) => name)
        .sort(),
    ).toEqual(['x', 'y'])
    expect(others()[0]).toBe(before[0])
  })

  it('the profile that opening makes has the id of the network, in whichever order the two are read', () => {
    const { mirror, translator, world } = visible(objects)
    const id = networkId(Buffer.from('x'), 'wpa')
    const own = { connection: { type: '802-11-wireless', id: 'x', uuid: id }, ...psk }
    mirror.fill(asSent(profile(1, { Unsaved: true, Flags: 7 })))
    mirror.annotate(`${AT}/Settings/1`, SETTINGS, sent(settings('x', id, { ...wifi('x'), ...own })))
    expect(translator.world().configurations.map((one) => one.id)).toEqual(
      world.configurations.map((one) => one.id),
    )
    expect([translator.network(id), translator.profile(id)]).toEqual([null, `${AT}/Settings/1`])
    const signal = { path: ROOT_PATH, interface: OBJECT_MANAGER, member: 'InterfacesRemoved', sender: ':1.5' }
    mirror.apply({
      ...signal,
      body: [`${AT}/Settings/1`, ['org.freedesktop.NetworkManager.Settings.Connection']],
    })
    expect(translator.world().configurations).toEqual(world.configurations)
    expect([translator.network(id), translator.profile(id)]).toEqual(['visible 78 wpa', null])
  })

  it('a device that leaves takes its networks along', () => {
    const { mirror, translator } = visible(objects)
    const signal = { path: ROOT_PATH, interface: OBJECT_MANAGER, member: 'InterfacesRemoved', sender: ':1.5' }
    for (const one of [1, 2, 3])
      mirror.apply({ ...signal, body: [`${AT}/AccessPoint/${one}`, [ACCESS_POINT]] })
    mirror.apply({ ...signal, body: [`${AT}/Devices/3`, [DEVICE, WIRELESS]] })
    expect(translator.world().configurations).toEqual([])
  })
})

describe('the profile of a network', () => {
  it('has no secret in it, and a name that D-Bus can carry', () => {
    const made = networkProfile({ ssid: Buffer.from('a\0b'), security: 'wpa3' }, { owner: 'ada' })
    expect(made).toMatchObject({
      connection: { id: { value: 'a\uFFFDb' }, permissions: { signature: 'as', value: ['user:ada:'] } },
      '802-11-wireless': { ssid: { signature: 'ay', value: Buffer.from('a\0b') } },
      '802-11-wireless-security': { 'key-mgmt': { value: 'sae' } },
    })
    expect(Object.keys(made['802-11-wireless-security'] ?? {})).toEqual(['key-mgmt'])
  })

  it.each([
    ['open', undefined],
    ['owe', 'owe'],
    ['wep', 'none'],
    ['wpa', 'wpa-psk'],
  ] as const)('of %s security has the key management %s', (security, keyManagement) => {
    const made = networkProfile({ ssid: Buffer.from('x'), security }, { owner: null })
    expect(made['802-11-wireless-security']?.['key-mgmt']?.value).toBe(keyManagement)
    expect(made.connection).not.toHaveProperty('permissions')
  })
})
