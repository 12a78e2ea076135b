import { systemClock } from '@roamkit/core'
import { carrier, dhcp, nm } from '@roamkit/lab-linux'
import { checkTcp } from 'roamkit'
import { expect, onTestFinished } from 'vitest'
import { Gateway } from './gateway.js'
import { nmcli, until } from './host.js'
import { ip, misfortune, pass, peer, seconds, timeOf, useMisfortunes } from './misfortunes.js'
import { sleepNetworkManager } from './sleep.js'

const CHECK = { check: checkTcp({ host: '203.0.113.1', port: 8080 }) }
const HOUR = 3_600_000

useMisfortunes()

/** A gateway that works through link a. */
async function startOnA(
  manager: NonNullable<Parameters<typeof Gateway.start>[0]>['manager'] = {},
): Promise<Gateway> {
  const gateway = await Gateway.start({ ...CHECK, manager })
  await gateway.works('a')
  // Whatever else comes with the opening.
  await until(() => expect(gateway.session.health).toBe('good'))
  gateway.forget()
  return gateway
}

/** Link a in another network behind the same cable, with that router, until the test is over. */
async function readdressA(router: string): Promise<void> {
  const settings = ['ipv4.addresses', '10.91.10.5/24', 'ipv4.gateway', router, 'ipv4.dns', '10.91.10.1']
  await nmcli('connection', 'modify', 'lab-a', 'ipv4.method', 'manual', ...settings)
  await nmcli('device', 'reapply', 'eth-a')
}

/** The other range and its two routers at the far end, until the test is over; then link a is as it was. */
async function otherRange(): Promise<void> {
  await peer('addr add 10.91.10.1/24 dev peer-a')
  await peer('addr add 10.91.10.2/24 dev peer-a')
  onTestFinished(async () => {
    const none = ['ipv4.addresses', '', 'ipv4.gateway', '', 'ipv4.dns', '']
    await nmcli('connection', 'modify', 'lab-a', 'ipv4.method', 'auto', ...none)
    await nmcli('connection', 'up', 'lab-a')
    await peer('addr del 10.91.10.2/24 dev peer-a')
    await peer('addr del 10.91.10.1/24 dev peer-a')
  })
}

misfortune('Another address', 'T7', async () => {
  await otherRange()
  const gateway = await startOnA()
  const before = gateway.session.interface?.addresses.map((cidr) => cidr.replace(/\/\d+$/, ''))
  const took = await timeOf(
    (async () => {
      await readdressA('10.91.10.1')
      await until(() => expect(gateway.session.interface?.addresses).toContain('10.91.10.5/24'))
      await until(() => expect(gateway.connections).toBeGreaterThan(0))
      await gateway.works('a')
    })(),
  )
  expect(gateway.changes.flatMap(({ addressesGone }) => addressesGone)).toEqual(
    before?.filter((address) => address.startsWith('10.91.0.')),
  )
  expect(gateway.words).toEqual([])
  return {
    happens: 'interfaceChanged names the address that is gone; the gateway connects again',
    recovery: seconds(took),
  }
})

misfortune('A lease of another network', 'T7', async () => {
  await peer('addr add 10.91.10.1/24 dev peer-a')
  onTestFinished(async () => {
    await peer('addr del 10.91.10.1/24 dev peer-a')
    await dhcp.serve()
    await nmcli('connection', 'up', 'lab-a')
  })
  await dhcp.serve({ renewal: 2 })
  await nmcli('connection', 'up', 'lab-a')
  const gateway = await startOnA()
  const [before = ''] = gateway.session.interface?.addresses ?? []
  expect(before).toMatch(/^10\.91\.0\./)
  await dhcp.serve({ renewal: 2, moved: true })
  await until(() => expect(gateway.session.interface?.addresses[0]).toMatch(/^10\.91\.10\./), 20_000)
  await gateway.works('a')
  // The new address may come before the old one goes.
  expect(gateway.changes.flatMap(({ addressesGone }) => addressesGone)).toEqual([
    before.replace(/\/\d+$/, ''),
  ])
  expect([gateway.words, gateway.moves, gateway.connections]).toEqual([[], [], 1])
  return {
    happens: 'when the lease is renewed, the router gives another address; the gateway connects again',
    recovery: seconds(gateway.longestGap),
  }
})

misfortune('Another router', 'T7', async () => {
  await otherRange()
  await readdressA('10.91.10.1')
  const gateway = await startOnA()
  await until(() => expect(gateway.session.interface?.gateways).toContain('10.91.10.1'))
  gateway.forget()
  await readdressA('10.91.10.2')
  await until(() => expect(gateway.session.interface?.gateways).toContain('10.91.10.2'))
  await until(() => expect(gateway.changes).toHaveLength(1))
  await gateway.works('a')
  expect(gateway.changes).toEqual([{ addressesGone: [] }])
  expect(gateway.connections).toBe(0)
  expect(gateway.words).toEqual([])
  return { happens: 'interfaceChanged; the connection goes on', recovery: seconds(gateway.longestGap) }
})

misfortune('Privacy addresses', 'T7', async () => {
  const gateway = await startOnA()
  const has = (address: string, is: boolean) =>
    until(() => expect(gateway.session.interface?.addresses.includes(`${address}/64`)).toBe(is))
  const stable = '2001:db8:91::10'
  onTestFinished(async () => void (await ip(`addr flush dev eth-a to 2001:db8:91::/64`)))
  await ip(`addr add ${stable}/64 dev eth-a nodad`)
  await has(stable, true)
  await until(() => expect(gateway.changes).toHaveLength(1))
  for (const temporary of ['2001:db8:91::a1', '2001:db8:91::a2']) {
    await ip(`addr add ${temporary}/64 dev eth-a nodad`)
    await has(temporary, true)
  }
  for (const temporary of ['2001:db8:91::a1', '2001:db8:91::a2']) {
    await ip(`addr del ${temporary}/64 dev eth-a`)
    await has(temporary, false)
  }
  expect(gateway.changes).toHaveLength(1)
  expect([gateway.words, gateway.connections]).toEqual([[], 0])
  return { happens: 'nothing: the stable address stays', recovery: seconds(gateway.longestGap) }
})

misfortune('Eight hours of sleep', 'L4', async () => {
  let slept = 0
  const clock = { ...systemClock, wall: () => Date.now() + slept }
  // No grace is longer than the sleep of this test.
  const gateway = await startOnA({ clock, lossGrace: 200, wakeGrace: 3000 })
  onTestFinished(() => sleepNetworkManager(false))
  await sleepNetworkManager(true)
  await until(async () => expect(await nmcli('general', 'status')).toContain('asleep'))
  await carrier('a', 'down')
  await until(() => expect(gateway.session.state).not.toBe('connected'))
  await pass(1000)
  slept = 8 * HOUR
  expect(gateway.moves).toEqual([])
  await sleepNetworkManager(false)
  const woken = performance.now()
  await carrier('a', 'up')
  await gateway.works('a')
  const took = performance.now() - woken
  expect(gateway.moves).toEqual([])
  expect(gateway.links).toEqual([])
  expect(gateway.words.filter((word) => ['closed', 'opened', 'roaming'].includes(word))).toEqual([])
  expect(gateway.resumed).toHaveLength(1)
  expect(gateway.resumed[0]).toBeGreaterThan(8 * HOUR)
  // Nothing comes when the grace is over.
  await pass(3500)
  expect([gateway.moves, gateway.resumed.length, gateway.session.isConnected]).toEqual([[], 1, true])
  return { happens: 'resumed, once; the session stays open and moves nowhere', recovery: seconds(took) }
})

misfortune('NetworkManager restarts', 'S14', async () => {
  const gateway = await startOnA()
  await nm.kill()
  await until(() => expect(gateway.manager.service).toBe('lost'))
  await gateway.delivers()
  await nm.start()
  await until(() => expect(gateway.manager.service).toBe('ready'), 20_000)
  await gateway.works('a')
  expect([gateway.moves, gateway.words, gateway.connections]).toEqual([[], [], 0])
  return {
    happens: 'nothing: the link goes on without it, and the session stays open',
    recovery: seconds(gateway.longestGap),
  }
})

misfortune('Power is back, and no network', 'L6', async () => {
  await nm.stop()
  for (const link of ['a', 'b', 'c']) await carrier(link, 'down')
  await nm.start({ carrierWait: 200 })
  onTestFinished(async () => {
    await nm.stop()
    await nm.start({ carrierWait: 6000 })
  })
  const gateway = await Gateway.start(CHECK)
  // It has tried, and has not given up.
  await until(() => expect(gateway.attempts).toBeGreaterThanOrEqual(2), 20_000)
  expect([gateway.session.isOpen, gateway.words.includes('closed')]).toEqual([false, false])
  const plugged = performance.now()
  await carrier('a', 'up')
  await gateway.opened
  await gateway.works('a')
  return {
    happens: 'open() waits; the session opens when the cable is plugged in',
    recovery: seconds(performance.now() - plugged),
  }
})
