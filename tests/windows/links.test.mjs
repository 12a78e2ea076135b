// How adapters and connections show: rules T1, T2, T4 and T6.
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { windows } from '@roamkit/backend-windows'
import { asyncDispose } from '@roamkit/core/contract'
import { world } from '@roamkit/lab-windows'
import { expectWords, listen, named, openHost } from './host.mjs'
import { until } from './until.mjs'
import { dlls, plainHost, setScene } from './windows-adapter.mjs'

const call = { signal: new AbortController().signal }
const NEVER = 3_600_000

beforeEach(() => {
  setScene()
  world('notifications all fire')
})

/** An adapter that is up with an address. @param {string} name @param {string} facts @param {{ address?: string, gateway?: string | null }} [ip] */
function plug(name, facts, { address = '10.6.0.2/24', gateway = '10.6.0.1' } = {}) {
  world(`adapter add "${name}" ${facts}`)
  world(`adapter up "${name}"`)
  world(`adapter address "${name}" add ${address}`)
  if (gateway !== null) world(`adapter gateway "${name}" ${gateway}`)
}

function plugCable() {
  world('adapter up Cable')
  world('adapter address Cable add 10.5.0.2/24')
  world('adapter gateway Cable 10.5.0.1')
}

/** What the backend tells, as it has read it when it is opened, and later. @param {import('node:test').TestContext} context @param {Partial<ReturnType<typeof plainHost>>} [host] */
async function open(context, host = {}) {
  const backend = await windows({ libraries: dlls, interval: NEVER }).open({ ...plainHost(), ...host }, call)
  context.after(() => backend[asyncDispose]())
  const all = () => backend.snapshot().configurations
  const find = (/** @type {string} */ name) => all().find((one) => one.name === name)
  return { backend, all, find }
}

describe('T4 what carries', () => {
  const tunnels = [
    ['an old TAP adapter', 'description="TAP-Windows Adapter V9" hardware=no'],
    ['Hamachi', 'description="LogMeIn Hamachi Virtual Ethernet Adapter"'],
    ['Radmin', 'description="Famatech Radmin VPN Ethernet Adapter"'],
    ['ZeroTier', 'description="ZeroTier Virtual Port"'],
    ['WireGuard', 'type=virtual description="WireGuard Tunnel"', 'wireguard'],
  ]
  for (const [name = '', facts = '', bearer = 'vpn'] of tunnels)
    test(`${name} with a gateway is a VPN, which makes no host online (T2)`, async (context) => {
      plug('Game', facts)
      const manager = await openHost(context)
      const game = named(manager, 'Game')
      assert.deepEqual([game.bearerType, game.isUplink, manager.isOnline], [bearer, false, false])
      plugCable()
      await until('online by the cable', () => manager.isOnline)
      assert.equal(manager.defaultConfiguration().name, 'Cable')
    })

  const uplinks = [
    ['a Bluetooth tether', 'type=bluetooth', 'bluetooth', 'bluetooth'],
    ['LTE', 'type=cellular', 'cellular', 'cellular'],
    [
      'a phone on USB',
      'description="Remote NDIS based Internet Sharing Device" hardware=no',
      'ethernet',
      'ethernet',
    ],
  ]
  for (const [name = '', facts = '', bearer = '', medium = ''] of uplinks)
    test(`${name} with a gateway makes the host online`, async (context) => {
      plug('Phone', facts)
      const manager = await openHost(context)
      const { bearerType, isUplink } = named(manager, 'Phone')
      assert.deepEqual([bearerType, isUplink, manager.isOnline], [bearer, true, true])
      assert.equal(manager.transportMedium, medium)
    })

  test('the ghost of an adapter that was taken out is not listed, and is again when it is put in', async (context) => {
    plug('Dock', '')
    const { find } = await open(context)
    const { id } = find('Dock') ?? {}
    world('adapter takeout Dock')
    await until('it is gone', () => find('Dock') === undefined)
    world('adapter putin Dock')
    await until('it is back', () => find('Dock')?.link === 'up')
    assert.equal(find('Dock')?.id, id)
  })
})

describe('T1 what leads to other networks', () => {
  test('an address of 169.254/16 alone is limited and no way out', async (context) => {
    plug('Cable 2', 'dhcp=yes', { address: '169.254.7.7/16', gateway: null })
    const { find, backend } = await open(context)
    const { link, uplink, connectivity } = find('Cable 2') ?? {}
    assert.deepEqual({ link, uplink, connectivity }, { link: 'up', uplink: false, connectivity: 'limited' })
    assert.equal(backend.snapshot().defaultId, null)
    world('adapter address "Cable 2" add 10.6.0.9/24')
    world('adapter gateway "Cable 2" 10.6.0.1')
    await until('a way out', () => find('Cable 2')?.uplink === true)
  })

  test('the port to a camera, without a gateway, makes no host online', async (context) => {
    plug('Camera', 'dhcp=no', { gateway: null })
    const manager = await openHost(context)
    assert.deepEqual([named(manager, 'Camera').is('active'), manager.isOnline], [true, false])
    world('adapter gateway Camera 10.6.0.1')
    await until('online', () => manager.isOnline)
  })

  test('a switch for virtual machines leads out where it has taken over the card, and else nowhere', async (context) => {
    plug('vEthernet (Default Switch)', 'description="Hyper-V Virtual Ethernet Adapter" hardware=no', {
      gateway: null,
    })
    const manager = await openHost(context)
    assert.equal(manager.isOnline, false)
    world('adapter add Card takenover=yes')
    world('adapter up Card')
    plug('vEthernet (External)', 'description="Hyper-V Virtual Ethernet Adapter #2" hardware=no', {
      address: '10.8.0.2/24',
      gateway: '10.8.0.1',
    })
    await until('online', () => manager.isOnline)
    assert.equal(manager.defaultConfiguration().name, 'vEthernet (External)')
    assert.deepEqual([named(manager, 'Card').isUplink, named(manager, 'Card').is('active')], [false, false])
  })
})

describe('T2 a connection of the phone book', () => {
  const start = () => {
    plugCable()
    plug('Office', 'type=ppp', { address: '10.9.9.9/32', gateway: null })
    world('vpn connect Office from=10.5.0.2')
  }

  test('has its interface, and names what it rides on', async (context) => {
    start()
    const { all, find } = await open(context)
    assert.equal(all().filter(({ name }) => name === 'Office').length, 1)
    const office = find('Office')
    assert.deepEqual([office?.over, office?.uplink, office?.bearer], [find('Cable')?.id, false, 'vpn'])
    assert.deepEqual([office?.interface?.name, office?.interface?.addresses], ['Office', ['10.9.9.9/32']])
  })

  test('is lost with its base, though another link is up', async (context) => {
    start()
    world('connect Wi-Fi Home')
    const manager = await openHost(context, { lossGrace: 20 })
    const session = manager.createSession(named(manager, 'Office'))
    await session.open()
    const words = listen(session)
    world('adapter down Cable')
    await expectWords(words, ['notAvailable', 'error:sessionAborted/lost', 'closed'])
    world('vpn connect Office from=10.77.0.2')
    world('storm 1 kind=address')
    await until('it has moved to Wi-Fi', () => named(manager, 'Office').is('active'))
  })

  test('over PPPoE is a way out of its own', async (context) => {
    plug('Office', 'type=ppp')
    world('vpn disconnect Office')
    world('vpn connect Office device=pppoe')
    const manager = await openHost(context)
    assert.deepEqual([named(manager, 'Office').bearerType, manager.isOnline], ['ethernet', true])
  })
})

test('T6 SSIDs of different bytes are different networks, each with one text', async (context) => {
  for (const [name, ssid] of [
    ['Byte', 'a\\xff'],
    ['Letters', 'a\\x5cxff'],
  ]) {
    world(`network add "${ssid}" bssid=02:00:00:00:01:0${name?.length} signal=70`)
    world(`profile add Wi-Fi ${name} ssid="${ssid}" security=open`)
  }
  const { find, backend } = await open(context)
  assert.deepEqual([find('Byte')?.network, find('Letters')?.network], ['a\\xff', 'a\\x5cxff'])
  for (const name of ['Byte', 'Letters']) {
    const { id = '', network } = find(name) ?? {}
    await backend.activate(id, { ...call, secret: null })
    await until('up', () => find(name)?.link === 'up')
    assert.equal(find(name)?.network, network)
  }
})

describe('what is not as it should be', () => {
  test('an error in the log stops no notification, and does not end the process', async (context) => {
    let isBroken = false
    const log = () => {
      if (isBroken) throw new Error('the disk is full')
    }
    const { find } = await open(context, { log })
    isBroken = true
    world('connect Wi-Fi Home')
    await until('up', () => find('Home')?.link === 'up')
    world('service off')
    await until('away', () => find('Home')?.inRange === false)
    world('service on')
    await until('back', () => find('Home')?.inRange === true)
  })

  test('more than ten links, all opened at once, cause no warning', async (context) => {
    /** @type {Error[]} */
    const warnings = []
    const warn = (/** @type {Error} */ warning) => warnings.push(warning)
    process.on('warning', warn)
    context.after(() => process.off('warning', warn))
    const names = Array.from({ length: 20 }, (_, index) => `P${index}`)
    for (const name of names) world(`profile add Wi-Fi ${name} security=open`)
    const { backend, find } = await open(context)
    const tried = names.map((name) =>
      backend.activate(find(name)?.id ?? '', { ...call, secret: null }).catch(() => null),
    )
    await Promise.all(tried)
    assert.deepEqual(warnings, [])
  })

  test('pointers that lead out of the buffer are not followed', async (context) => {
    plugCable()
    const { find, backend } = await open(context)
    world('lie pointers on')
    world('adapter address Cable add 10.5.0.9/24')
    world('storm 10 kind=address')
    world('connect Wi-Fi Home')
    await until('Wi-Fi shows', () => find('Home')?.link !== 'down')
    world('lie pointers off')
    world('adapter address Cable add 10.5.0.10/24')
    await until(
      'the cable shows',
      () => find('Cable')?.interface?.addresses.includes('10.5.0.10/24') === true,
    )
    assert.equal(backend.snapshot().service, 'ready')
  })

  test('a buffer that is never large enough is the loss of IP Helper, until it is', async (context) => {
    const { backend } = await open(context)
    world('lie overflow on')
    world('storm 1 kind=interface')
    await until('lost', () => backend.snapshot().service === 'lost')
    world('lie overflow off')
    await until('back', () => backend.snapshot().service === 'ready')
  })

  test('a connection with too few bytes is none', async (context) => {
    world('lie short on')
    world('connect Wi-Fi Home')
    const { find } = await open(context)
    assert.equal(find('Home')?.point, null)
    world('lie short off')
    world('adapter down Cable')
    world('storm 1 kind=signal')
    await until('Home has an access point', () => find('Home')?.point !== null)
  })
})
