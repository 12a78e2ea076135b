import { expect, test } from 'vitest'
import {
  defaultRouteOwner,
  defaultRouteOwners,
  defaultRouteOwners6,
  interfaceNames,
  interfaceTraffic,
} from '../src/proc-net.js'

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n'
const route = (name: string, destination: string, flags: string, metric: number, mask = '00000000') =>
  `${name}\t${destination}\t010200C0\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0   \n`

test.each([
  ['the only default route', route('eth0', '00000000', '0003', 0), 'eth0'],
  [
    'the one with the least metric',
    route('wlan0', '00000000', '0003', 600) + route('eth0', '00000000', '0003', 100),
    'eth0',
  ],
  ['no route to a network', route('eth0', '000200C0', '0001', 0, '00FFFFFF'), null],
  ['no half of the world', route('tun0', '00000000', '0003', 0, '00000080'), null],
  ['no route that is down', route('eth0', '00000000', '0002', 0), null],
  ['no route that rejects', route('*', '00000000', '0201', 0), null],
  ['no route at all', '', null],
])('of the default route, the owner is that of %s', (_, lines, owner) => {
  expect(defaultRouteOwners(head + lines)[0] ?? null).toBe(owner)
})

test('without IPv4 there is no owner of the default route', () => {
  expect(defaultRouteOwners('')).toEqual([])
})

const zeros = '0'.repeat(32)
const route6 = (destination: string, prefix: string, flags: string, name: string, metric = '00000400') =>
  `${destination} ${prefix} ${zeros} 00 fe800000000000000000000000000001 ${metric} 00000001 00000000 ${flags}     ${name}\n`

test('the owners of IPv6 default routes exclude routes that reject', () => {
  const text =
    route6('20010db8000000000000000000000000', '40', '00000001', 'eth0') +
    route6(zeros, '00', '00000003', 'büro0') +
    route6(zeros, '00', '00200200', 'lo')
  expect(defaultRouteOwners6(text)).toEqual(['büro0'])
  expect(defaultRouteOwners6('')).toEqual([])
})

test('of several IPv6 default routes, the one with the least metric comes first', () => {
  const text =
    route6(zeros, '00', '00000003', 'wlan0', '00000258') + route6(zeros, '00', '00000003', 'eth0', '00000064')
  expect(defaultRouteOwners6(text)).toEqual(['eth0', 'wlan0'])
})

test('the default route is that of IPv4, or else that of IPv6', () => {
  const four = head + route('eth0', '00000000', '0003', 100)
  const six = route6(zeros, '00', '00000003', 'wlan0')
  expect(defaultRouteOwner(four, six)).toBe('eth0')
  expect(defaultRouteOwner(head, six)).toBe('wlan0')
  expect(defaultRouteOwner(null, six)).toBe('wlan0')
  expect(defaultRouteOwner(head, null)).toBeNull()
})

const devices = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3245      40    0    0    0     0          0         0     3245      40    0    0    0     0       0          0
  eth0:301960630  200000    0    0    0     0          0         0  7654321   90000    0    0    0     0       0          0
`

test('every interface is listed, up or not, whatever characters its name has (T6)', () => {
  expect([...interfaceNames(`${devices} büro\u30000: 1 2\n`)]).toEqual(['lo', 'eth0', 'büro\u30000'])
  expect([...interfaceNames('')]).toEqual([])
})

test('the byte counters of an interface come from its line', () => {
  expect(interfaceTraffic(devices, 'eth0')).toEqual({ received: 301960630, written: 7654321 })
})

test.each(['eth', 'th0', '', 'Inter-|   Receive'])('there are no byte counters for %j', (name) => {
  expect(interfaceTraffic(devices, name)).toBeNull()
})
