// The lab itself, without the backend: what it plays is what the backend's tests stand on.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { outside, runNode, world } from '@roamkit/lab-windows'
import { adapters, openWlan, setAdministrativeStatus, watch, wifi } from './api.mjs'
import { networkListManager, phonebook } from './api-netlist.mjs'
import { until } from './until.mjs'

afterEach(async () => {
  world('reset')
  await outside('reset')
})

/** A scripted adapter with a Wi-Fi interface, two networks in the air, a profile for each. */
function wifiWorld() {
  world('adapter add Wi-Fi type=wifi')
  world('wifi add Wi-Fi address=10.77.0.9/24')
  world('network add Home key=secret signal=80')
  world('network add Cafe signal=40')
  world('profile add Wi-Fi Home key=secret')
  world('profile add Wi-Fi Cafe')
}

describe('a real link', () => {
  test('notifies its cable, its address, its route and the way to the Internet', async () => {
    /** @type {Record<string, any>} */
    const seen = {
      interface: watch('NotifyIpInterfaceChange'),
      address: watch('NotifyUnicastIpAddressChange'),
      route: watch('NotifyRouteChange2'),
      hint: watch('NotifyNetworkConnectivityHintChange'),
    }
    const { index, status } = adapters().eth0
    assert.equal(status, 2)
    const received = (/** @type {string} */ of, /** @type {number} */ type) =>
      until(of, () =>
        seen[of].received.some((/** @type {any} */ row) => row.index === index && row.type === type),
      )
    await outside('plug eth0')
    await received('interface', 0)
    assert.equal(adapters().eth0.status, 1)
    await outside('address add eth0 10.1.0.2/24')
    await received('address', 1)
    await until('local', () => seen.hint.received.at(-1)?.level === 2)
    await outside('gateway eth0 10.1.0.1')
    await received('route', 1)
    await until('internet', () => seen.hint.received.at(-1)?.level === 3)
    assert.deepEqual(
      adapters().eth0.addresses.filter((/** @type {string} */ address) => address.includes('.')),
      ['10.1.0.2'],
    )
    assert.deepEqual(adapters().eth0.gateways, ['10.1.0.1'])
    await outside('address del eth0 10.1.0.2/24')
    await received('address', 2)
    await outside('unplug eth0')
    await until('nothing', () => seen.hint.received.at(-1)?.level === 1)
    for (const each of Object.values(seen)) await each.stop()
    assert.equal(world('held').registrations, 0)
  })

  test('is forgotten when it is removed, with a notification', async () => {
    const seen = watch('NotifyIpInterfaceChange')
    await outside('link add usb0')
    const { index } = adapters().usb0
    await until('there', () =>
      seen.received.some((/** @type {any} */ row) => row.index === index && row.type === 1),
    )
    await outside('link del usb0')
    await until('removed', () =>
      seen.received.some((/** @type {any} */ row) => row.index === index && row.type === 2),
    )
    assert.equal(adapters().usb0, undefined)
    await seen.stop()
  })

  test('can be a Wi-Fi adapter', async () => {
    world('wifi add wifi0')
    assert.equal(adapters().wifi0.type, 71)
  })
})

describe('a scripted adapter', () => {
  test('is in the list with all it has', async () => {
    world('adapter add "Büro LAN" speed=100000000')
    for (const change of [
      'address "Büro LAN" add 10.2.0.2/24',
      'gateway "Büro LAN" 10.2.0.1',
      'dns "Büro LAN" 9.9.9.9 1.1.1.1',
    ])
      world(`adapter ${change}`)
    assert.deepEqual(adapters()['Büro LAN'].addresses, [])
    world('adapter up "Büro LAN"')
    const { index, ...facts } = adapters()['Büro LAN']
    assert.ok(index >= 1000)
    assert.deepEqual(facts, {
      type: 6,
      status: 1,
      addresses: ['10.2.0.2'],
      servers: ['9.9.9.9', '1.1.1.1'],
      gateways: ['10.2.0.1'],
    })
  })

  test('is enabled and disabled with rights only', () => {
    world('adapter add LAN')
    const { index } = adapters().LAN
    assert.equal(setAdministrativeStatus(index, 2), 5)
    world('admin on')
    assert.equal(setAdministrativeStatus(index, 2), 0)
    assert.equal(adapters().LAN, undefined)
    assert.equal(setAdministrativeStatus(index, 1), 0)
    assert.notEqual(adapters().LAN, undefined)
  })

  test('sends nothing to a registration that lies, and refuses one when the script says so', async () => {
    world('notifications address silent')
    world('notifications route refuse')
    const silent = watch('NotifyUnicastIpAddressChange')
    const working = watch('NotifyIpInterfaceChange')
    const refused = watch('NotifyRouteChange2')
    assert.deepEqual([silent.result, refused.result], [0, 50])
    world('adapter add LAN')
    world('adapter address LAN add 10.3.0.2/24')
    world('adapter up LAN')
    const { index } = adapters().LAN
    await until('the link is notified', () =>
      working.received.some((/** @type {any} */ row) => row.index === index),
    )
    assert.deepEqual(silent.received, [])
    for (const each of [silent, working, refused]) await each.stop()
  })
})

describe('a Wi-Fi interface', () => {
  const connection = ['start', 'associating', 'associated', 'authenticating', 'connected', 'complete']

  test('connects with the notifications of WLAN AutoConfig, and then has an address', async () => {
    wifiWorld()
    const client = wifi()
    const [{ guid }] = client.interfaces()
    assert.equal(client.connection(guid), 5023)
    assert.equal(client.connect(guid, 'Home'), 0)
    await until('connected', () => client.received.includes('complete'), { seen: () => client.received })
    assert.deepEqual(client.received, connection)
    assert.equal(client.connection(guid), 'Home')
    await until('the address', () => adapters()['Wi-Fi'].addresses[0] === '10.77.0.9')
    assert.equal(client.disconnect(guid), 0)
    await until('disconnected', () => client.received.includes('disconnected'))
    assert.deepEqual(client.received.slice(connection.length), ['disconnecting', 'lost', 'disconnected'])
    assert.deepEqual(adapters()['Wi-Fi'].addresses, [])
    await client.close()
    assert.deepEqual(world('held'), { handles: 0, registrations: 0, memory: 0, objects: 0 })
  })

  test('leaves one profile for another', async () => {
    wifiWorld()
    const client = wifi({ sources: 8 })
    const [{ guid }] = client.interfaces()
    client.connect(guid, 'Home')
    await until('connected', () => client.received.includes('complete'))
    client.connect(guid, 'Cafe')
    await until(
      'connected again',
      () => client.received.filter((/** @type {string} */ word) => word === 'complete').length === 2,
    )
    assert.deepEqual(client.received, [
      'start',
      'complete',
      'disconnecting',
      'disconnected',
      'start',
      'complete',
    ])
    assert.equal(client.connection(guid), 'Cafe')
    await client.close()
  })

  test('fails with the reason, which is notified twice', async () => {
    wifiWorld()
    world('profile add Wi-Fi Typo ssid=Home key=wrong')
    world('profile add Wi-Fi Nowhere')
    const client = wifi({ sources: 8 })
    const [{ guid }] = client.interfaces()
    const attempt = async (/** @type {string} */ profile) => {
      const before = client.received.length
      client.connect(guid, profile)
      await until('over', () =>
        client.received.slice(before).some((/** @type {string} */ word) => word.startsWith('complete')),
      )
      return client.received.slice(before)
    }
    assert.deepEqual(await attempt('Typo'), ['start', 'attempt failed 0x48014', 'complete 0x48014'])
    assert.deepEqual(await attempt('Nowhere'), ['start', 'attempt failed 0x2800b', 'complete 0x2800b'])
    world('fail Wi-Fi timeout')
    assert.deepEqual(await attempt('Home'), ['start', 'attempt failed 0x38003', 'complete 0x38003'])
    assert.deepEqual(await attempt('Home'), ['start', 'complete'])
    assert.equal(client.connect(guid, 'Nobody knows it'), 1168)
    await client.close()
  })

  test('stays in the middle while it is held', async () => {
    wifiWorld()
    world('hold Wi-Fi')
    const client = wifi({ sources: 8 })
    const [{ guid }] = client.interfaces()
    client.connect(guid, 'Home')
    await until('started', () => client.received.includes('start'))
    world('adapter remove Wi-Fi')
    await until('removed', () => client.received.includes('removal'))
    assert.deepEqual(client.received, ['start', 'attempt failed 0x3800b', 'complete 0x3800b', 'removal'])
    assert.deepEqual(client.interfaces(), [])
    await client.close()
  })

  test('loses its network, changes its access point, and reports its signal', async () => {
    wifiWorld()
    const client = wifi()
    const [{ guid }] = client.interfaces()
    client.connect(guid, 'Home')
    await until('connected', () => client.received.includes('complete'))
    client.received.length = 0
    world('network signal Home 33')
    world('roam Wi-Fi 02:00:00:00:00:99')
    world('network remove Home')
    await until('lost', () => client.received.includes('scan list'))
    assert.deepEqual(client.received, [
      'signal 33',
      'roaming start',
      'roaming end',
      'lost',
      'disconnected 0x3800b',
      'scan list',
    ])
    await client.close()
  })

  test('scans, unless the user does not consent or the radio is off', async () => {
    wifiWorld()
    world('network add "B\\xe9ta" signal=99')
    const client = wifi({ sources: 8 })
    const [{ guid }] = client.interfaces()
    assert.equal(client.scan(guid), 0)
    await until('scanned', () => client.received.includes('scan complete'))
    assert.deepEqual(client.networks(guid), [
      { ssid: 'Home', signal: 80 },
      { ssid: 'Cafe', signal: 40 },
      { ssid: 'B\xe9ta', signal: 99 },
    ])
    world('scan fail Wi-Fi')
    client.scan(guid)
    await until('failed', () => client.received.includes('scan failed'))
    world('consent off')
    assert.deepEqual([client.scan(guid), client.networks(guid), client.connection(guid)], [5, 5, 5])
    world('consent on')
    world('wifi radio Wi-Fi off')
    assert.deepEqual([client.scan(guid), client.connect(guid, 'Home')], [0x80342002, 0x80342002])
    await client.close()
  })

  test('is gone while the service is stopped, and clients must open a new handle', async () => {
    wifiWorld()
    const client = wifi()
    const [{ guid }] = client.interfaces()
    client.connect(guid, 'Home')
    await until('the address', () => adapters()['Wi-Fi'].addresses.length > 0)
    client.received.length = 0
    world('service off')
    assert.deepEqual(
      [openWlan(), client.connect(guid, 'Home'), adapters()['Wi-Fi'].addresses],
      [1062, 1062, []],
    )
    world('service on')
    assert.equal(client.connect(guid, 'Home'), 6)
    const again = wifi()
    again.connect(guid, 'Home')
    await until('connected', () => again.received.includes('complete'))
    assert.deepEqual(client.received, [])
    await client.close()
    await again.close()
    assert.deepEqual(world('held'), { handles: 0, registrations: 0, memory: 0, objects: 0 })
  })

  test('gives a profile whose name is anything', async () => {
    wifiWorld()
    world('profile add Wi-Fi "<&\\x22>" ssid=Home key=secret')
    const client = wifi()
    const [{ guid }] = client.interfaces()
    const xml = client.xml(guid, '<&">')
    assert.match(xml, /<name>&lt;&amp;"&gt;<\/name>/)
    assert.match(xml, /<hex>486F6D65<\/hex>/)
    assert.doesNotMatch(xml, /secret/)
    await client.close()
  })
})

describe('the network list manager', () => {
  test('knows the network of a connection: its reach, its category, its cost, since when', async () => {
    wifiWorld()
    world('place Home category=private cost=fixed roaming=yes')
    const manager = networkListManager()
    const heard = await manager.advise()
    assert.deepEqual([manager.connectivity(), manager.connections()], [0, []])
    world('connect Wi-Fi Home')
    await until('heard', () => heard.received.length > 0)
    assert.deepEqual(heard.received, [0x40])
    const [{ since, ...facts }] = manager.connections()
    const home = { name: 'Home', connectivity: 0x40, category: 1, portal: 0, cost: 0x40002 }
    assert.deepEqual(facts, home)
    const ago = Date.now() - (since / 10_000 - 11_644_473_600_000) // a FILETIME counts from 1601
    assert.ok(ago >= 0 && ago < 10_000, `${ago} ms ago`)
    world('place Home reach=portal')
    await until('heard', () => heard.received.length > 1)
    assert.deepEqual(heard.received, [0x40, 0x20])
    assert.deepEqual(
      { ...manager.connections()[0], since },
      { ...home, connectivity: 0x20, category: 0, portal: 1, cost: 1, since },
    )
    assert.deepEqual([manager.networks(1), manager.networks(2)], [['Home'], []])
    world('drop Wi-Fi')
    await until('heard', () => heard.received.length > 2)
    assert.deepEqual([manager.networks(1), manager.networks(2)], [[], ['Home']])
    await heard.stop()
    manager.release()
    assert.deepEqual(world('held'), { handles: 0, registrations: 0, memory: 0, objects: 0 })
  })

  test('knows a real link', async () => {
    const manager = networkListManager()
    const heard = await manager.advise()
    await outside('up eth0 10.4.0.2/24 10.4.0.1')
    await until('heard', () => (heard.received.at(-1) & 0x40) !== 0, { seen: () => heard.received })
    assert.equal(manager.connections()[0].name, 'eth0')
    await heard.stop()
    manager.release()
  })
})

describe('the phonebook', () => {
  test('has its entries, their connections, and an event for watchers', async () => {
    world('vpn add "Büro VPN"')
    world('vpn add Other')
    const watcher = phonebook.watch()
    assert.deepEqual([phonebook.entries(), phonebook.connections()], [['Büro VPN', 'Other'], []])
    world('vpn connecting "Büro VPN"')
    assert.deepEqual(phonebook.connections(), ['Büro VPN'])
    world('vpn connect "Büro VPN"')
    await until('the event', () => watcher.isSet())
    world('vpn disconnect "Büro VPN"')
    await until('the event', () => watcher.isSet())
    assert.deepEqual(phonebook.connections(), [])
    watcher.close()
  })
})

describe('a storm', () => {
  test('of 10 000 notifications from four threads reaches a thread that was busy, and nothing is lost', async () => {
    wifiWorld()
    const client = wifi({ sources: 16 })
    world('storm 10000 threads=4')
    const busy = performance.now() + 300
    while (performance.now() < busy);
    assert.equal(client.count, 0)
    await until('over', () => world('storms').running === 0, { within: 60_000, seen: () => world('storms') })
    assert.equal(client.count, 10_000)
    assert.deepEqual(world('storms'), { running: 0, begun: 10_000, over: 10_000 })
    await client.close()
  })
})

describe('another process', () => {
  const client = fileURLToPath(new URL('client.mjs', import.meta.url))

  test('has a world of its own, made by its script', async () => {
    const script = join(tmpdir(), 'world.txt')
    writeFileSync(script, '# two adapters\nadapter add One\n\nadapter add Two\n')
    const env = { ROAMKIT_LAB_SCRIPT: script }
    const { code, output } = await runNode([client, 'state'], { env })
    assert.equal(code, 0)
    assert.deepEqual(
      JSON.parse(output).adapters.map((/** @type {any} */ { name }) => name),
      ['One', 'Two'],
    )
    assert.deepEqual(world('state').adapters, [])
    writeFileSync(script, 'adapter add One\nadapter dance One\n')
    const broken = await runNode([client, 'state'], { env })
    assert.equal(broken.code, 99)
    assert.match(broken.errors, /world\.txt:2: no such command: adapter dance One/)
  })

  test('shares a world that has a name', async () => {
    const shared = { ROAMKIT_LAB_WORLD: 'lab-test' }
    const { code, output, errors } = await runNode([client, 'share'], { env: shared })
    assert.equal(errors, '')
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(output), { here: ['start', 'complete'], there: 'Home' })
  })

  test('ends though it has not given anything back', async () => {
    const { code, errors } = await runNode([client, 'leave'], { limit: 10_000 })
    assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  })
})
