import type { Run } from '@roamkit/lab-wifi'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, playAll, RUN_LIMIT } from './played.js'

let run: Run
beforeAll(async () => {
  run = await playAll()
}, RUN_LIMIT)

/** How a session opens and closes. In all these lists `>` marks what the scenario did or looked at. */
const OPENS = ['connecting', 'connected', 'opened', 'uses home']
const CLOSES = ['closed', 'uses nothing', 'closing', 'disconnected']

describe('a session on a Wi-Fi network', () => {
  it('connects, and takes the link down again (S3, S8)', (context) => {
    expect(eventsOf(run, 'connect', context)).toEqual([...OPENS, '> the interface is wlan0', ...CLOSES])
  })

  it('is told that the key is wrong if the access point refuses the one in the profile (S3, E1)', (context) => {
    expect(eventsOf(run, 'wrong key', context)).toEqual([
      'connecting',
      'disconnected',
      'error unknown/secretWrong',
      '> open() rejects with unknown/secretWrong',
    ])
  })

  for (const [name, act] of [
    ['the signal fades', '> its access point fades'],
    ['the access point vanishes', '> its access point vanishes'],
    ['deauthentication', '> its access point says farewell'],
  ] as const)
    it(`stays connected while its access point changes, ${name} (S12, R15)`, (context) => {
      expect(eventsOf(run, name, context)).toEqual([
        ...OPENS,
        act,
        'another access point',
        '> the session is connected',
        ...CLOSES,
      ])
    })

  it('ends because it is lost if all its access points vanish (S12)', (context) => {
    expect(eventsOf(run, 'all access points vanish', context)).toEqual([
      ...OPENS,
      '> all access points vanish',
      'notAvailable',
      'error sessionAborted/lost',
      'closed',
      'uses nothing',
      'closing',
      'disconnected',
    ])
  })

  it('requests nothing while it idles for a minute, and a scan is one request (M3)', (context) => {
    expect(eventsOf(run, 'a minute of idling', context)).toEqual([
      ...OPENS,
      '> 0 requests in a minute',
      '> 1 for a scan',
      ...CLOSES,
    ])
  })

  it('opens a network without a profile with the key that it is given, saves it, and forgets it (N1 to N7)', (context) => {
    const uses = 'uses 6c8bccc6-65c0-538c-818c-d8bcf38683d0'
    expect(eventsOf(run, 'a network without a profile', context)).toEqual([
      '> lab-guest is not saved',
      'connecting',
      '> asked for the psk of lab-guest, attempt 1',
      '> asked for the psk of lab-guest, attempt 2',
      ...['connected', 'opened', uses],
      '> saved',
      ...CLOSES,
      ...['connecting', 'connected', 'opened', uses],
      '> open again, without a question',
      '> forgotten',
      'disconnected',
      'error sessionAborted/stopped',
      'closed',
      'uses nothing',
    ])
  })

  it('does not open a network whose key the application does not have (N3)', (context) => {
    expect(eventsOf(run, 'a network whose key the application does not have', context)).toEqual([
      'connecting',
      'disconnected',
      'error unknown/secretMissing',
      '> open() rejects with unknown/secretMissing',
    ])
  })

  it('keeps the laws of scanning (M3)', (context) => {
    expect(eventsOf(run, 'the laws of scanning', context)).toEqual([
      '> scan-finds: kept',
      '> scan-when-asked: kept',
    ])
  })

  it('opens a hidden network (S4)', (context) => {
    const opens = ['connecting', 'connected', 'opened', 'uses hidden']
    expect(eventsOf(run, 'hidden network', context)).toEqual([
      '> the session is disconnected',
      ...opens,
      ...CLOSES,
    ])
  })

  for (const name of ['Wi-Fi is switched off and on', 'rfkill'])
    it(`ends because the radio is off, and opens again after that, ${name} (S12)`, (context) => {
      // In real time NetworkManager says first that the interface has no address any more.
      const told = eventsOf(run, name, context).filter((event) => event !== 'gateway ')
      expect(told).toEqual([
        ...OPENS,
        '> Wi-Fi is switched off',
        'notAvailable',
        'error sessionAborted/radioOff',
        'closed',
        'uses nothing',
        '> Wi-Fi is switched on',
        'disconnected',
        ...OPENS,
        ...CLOSES,
      ])
    })
})

describe('a session on a cable', () => {
  it('ends because it is lost if the cable is pulled (S12)', (context) => {
    expect(eventsOf(run, 'the cable is pulled', context)).toEqual([
      ...['connecting', 'connected', 'opened', 'uses cable'],
      '> the cable is pulled',
      'notAvailable',
      'error sessionAborted/lost',
      'closed',
      'uses nothing',
      'closing',
      'notAvailable',
    ])
  })
})

describe('a session that may use several networks', () => {
  it('roams to the other network of the radio if its own is gone (R11)', (context) => {
    expect(eventsOf(run, 'the network is gone', context)).toEqual([
      ...OPENS,
      '> home vanishes',
      'roaming',
      'roams home -> guest: loss',
      'connected',
      'uses guest',
      'gateway 10.92.1.1',
      ...CLOSES,
    ])
  })

  it('roams by itself to a stronger network if its own fades (M5, R4)', (context) => {
    expect(eventsOf(run, 'forced roam', context)).toEqual([
      ...OPENS,
      '> home fades',
      'roaming',
      'roams home -> guest: signal',
      'connected',
      'uses guest',
      'gateway 10.92.1.1',
      ...CLOSES,
    ])
  })

  it('is offered a network on a second radio if its own is gone (R6, R11)', (context) => {
    expect(eventsOf(run, 'two radios', context)).toEqual([
      ...OPENS,
      '> home vanishes',
      'roaming',
      'roams home -> guest-2: loss',
      'offer guest-2, not seamless',
      'trial guest-2',
      'uses guest-2',
      'gateway 10.92.1.1',
      'connected',
      ...CLOSES,
    ])
  })

  const trial = [
    'roams home -> cable: bearer',
    'offer cable, not seamless',
    'roaming',
    'trial cable',
    'uses cable',
    'gateway 10.92.2.1',
    'connected',
  ]

  it('asks before it moves to a cable, and moves (R3, R6, R7)', (context) => {
    expect(eventsOf(run, 'consulted, accepted', context)).toEqual([
      ...OPENS,
      '> the cable is plugged in',
      ...trial,
      ...CLOSES,
    ])
  })

  it('returns to Wi-Fi if the application rejects the cable (R8)', (context) => {
    expect(eventsOf(run, 'consulted, rejected', context)).toEqual([
      ...OPENS,
      '> the cable is plugged in',
      ...trial,
      'uses home',
      'gateway 10.92.0.1',
      ...CLOSES,
    ])
  })

  it('loses no byte of a stream that moves with it in each trial (R6, R7, R11)', (context) => {
    expect(eventsOf(run, 'a stream of bytes through consulted roams', context)).toEqual([
      ...OPENS,
      '> the cable is in',
      ...trial,
      '> the cable is out',
      'roaming',
      'roams cable -> home: loss',
      'offer home, not seamless',
      'trial home',
      'uses home',
      'gateway 10.92.0.1',
      'connected',
      '> the cable is in',
      ...trial,
      '> sent bytes, lost 0, moved 3 times',
      ...CLOSES,
    ])
  })

  it('follows a cable in and out (R4, R11)', (context) => {
    expect(eventsOf(run, 'cable in and out beside Wi-Fi', context)).toEqual([
      ...OPENS,
      '> the cable is plugged in',
      'roaming',
      'roams home -> cable: bearer',
      'connected',
      'uses cable',
      'gateway 10.92.2.1',
      '> the cable is pulled',
      'roaming',
      'roams cable -> home: loss',
      'connected',
      'uses home',
      'gateway 10.92.0.1',
      ...CLOSES,
    ])
  })
})

describe('a session on a link over the cable', () => {
  /** How it ends when the cable under it is pulled and stays out. */
  const LOST = [
    '> the cable is pulled',
    'notAvailable',
    'error sessionAborted/lost',
    'closed',
    'uses nothing',
    'closing',
    'disconnected',
  ]

  it.for([
    ['bond', 'bond, an uplink, on bond0'],
    ['bridge', 'bridge, an uplink, on bridge0'],
    ['team', 'bond, an uplink, on team0'],
    ['vlan', 'vlan, an uplink, on vlan7'],
    ['macvlan', 'unknown, an uplink, on macvlan0'],
  ])('is lost with the cable on a %s, whose port is no configuration (T3)', ([kind, what], context) => {
    expect(eventsOf(run, `a ${kind}`, context)).toEqual([
      'connecting',
      'connected',
      'opened',
      `uses ${kind}`,
      `> ${what}`,
      `> listed: ${kind}`,
      ...LOST,
    ])
  })

  it.for([
    ['wireguard', 'wireguard, no uplink, over cable, on wg0 with 10.94.0.2/24'],
    ['openvpn', 'vpn, no uplink, over cable, on tun0 with 10.96.0.2/32'],
  ])('is lost with the cable that %s rides on (T2)', ([kind, what], context) => {
    const events = eventsOf(run, `${kind} over the cable`, context)
    expect(events).toEqual(['connecting', 'connected', 'opened', `uses ${kind}`, `> ${what}`, ...LOST])
  })

  it('that leads nowhere is no uplink, and the machine is offline with it (T1)', (context) => {
    expect(eventsOf(run, 'a dummy', context)).toEqual([
      'connecting',
      'connected',
      'opened',
      'uses dummy',
      '> unknown, no uplink, offline',
      'closed',
      'uses nothing',
      'closing',
      'disconnected',
    ])
  })
})

describe('a session on Wi-Fi that ConnMan runs', () => {
  it('asks for the key of a network that is not stored, and again if the access point refuses it (N1, N3)', (context) => {
    expect(eventsOf(run, 'ConnMan asks for a key', context)).toEqual([
      '> lab-guest is not saved',
      'connecting',
      '> asked for Passphrase, attempt 1',
      '> asked for Passphrase, attempt 2',
      'connected',
      'opened',
      'uses lab-guest',
      '> on wlan0',
      'closed',
      'uses nothing',
      'closing',
      'disconnected',
    ])
  })
})
