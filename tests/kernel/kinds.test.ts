import { spawnSync } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { ip, ipAll, make } from './network.js'
import { openKernel, until } from './open-kernel.js'

/** A cable within this namespace, whose ends are on. */
async function layCable(name: string): Promise<void> {
  onTestFinished(() => void spawnSync('ip', ['link', 'delete', name]))
  await ipAll([
    `link add ${name} type veth peer name ${name}-far`,
    `link set ${name}-far up`,
    `link set ${name} up`,
  ])
}

it.for([
  ['kind0 type bond', 'bond'],
  ['kind0 type team', 'bond'],
  ['kind0 type bridge', 'bridge'],
  ['kind0 type dummy', 'unknown'],
  ['kind0 type ifb', 'unknown'],
  ['kind0 type wireguard', 'wireguard'],
  ['kind0 type veth peer name kind1', 'ethernet'],
  ['link base0 name kind0 type macvlan', 'vlan'],
  ['link base0 name kind0 type vlan id 7', 'vlan'],
  ['kind0 type gretap remote 10.1.1.1 local 10.1.1.2', 'tunnel'],
])('T4: what "ip link add %s" makes has the bearer %s', async ([words = '', bearer], { skip }) => {
  await layCable('base0')
  const { find } = await openKernel()
  onTestFinished(() => void spawnSync('ip', ['link', 'delete', 'kind0']))
  const refusal = make(words)
  skip(refusal !== null, `this kernel does not make it: ${refusal}`)
  await until(() => expect(find('kernel:kind0')).toMatchObject({ bearer, link: 'down', uplink: false }))
})

it('T2, C9: a tun device is no uplink, although it has a default route', async ({ skip }) => {
  await layCable('base0')
  const { backend, find } = await openKernel()
  onTestFinished(() => void spawnSync('ip', ['link', 'delete', 'vpn0']))
  const made = spawnSync('ip', ['tuntap', 'add', 'vpn0', 'mode', 'tun'], { encoding: 'utf8' })
  skip(made.status !== 0, `this machine has no tun: ${made.stderr}`)
  await ipAll(['address add 10.8.0.2/24 dev vpn0', 'link set vpn0 up', 'route add default dev vpn0'])
  await until(() => expect(find('kernel:vpn0')?.interface?.addresses).toEqual(['10.8.0.2/24']))
  // Its program is not running, so it has no carrier.
  expect(find('kernel:vpn0')).toMatchObject({ bearer: 'vpn', uplink: false, link: 'down', inRange: false })
  expect(backend.snapshot().defaultId).toBeNull()
})

it.for(['bridge', 'bond'])(
  'T3: a %s carries, its ports are no configurations, and come back',
  async (kind, { skip }) => {
    await layCable('port0')
    const { find } = await openKernel()
    onTestFinished(() => void spawnSync('ip', ['link', 'delete', 'upper0']))
    const refusal = make(`upper0 type ${kind}`)
    skip(refusal !== null, `this kernel makes no ${kind}: ${refusal}`)
    await ipAll([
      'link set port0 down',
      'link set port0 master upper0',
      'link set port0 up',
      'link set upper0 up',
      'address add 10.1.1.2/24 dev upper0',
    ])
    await until(() => expect(find('kernel:upper0')).toMatchObject({ link: 'up', bearer: kind }))
    expect(find('kernel:port0')).toBeUndefined()
    await ip('link set port0-far down')
    await until(() =>
      expect(find('kernel:upper0')).toMatchObject({ link: 'down', ended: { reason: 'carrierLost' } }),
    )
    await ip('link set port0 nomaster')
    await until(() => expect(find('kernel:port0')).toBeDefined())
  },
)

it('T1: with an address of 169.254/16 alone a link is up, and leads nowhere', async () => {
  await layCable('base0')
  const { find } = await openKernel()
  await ip('address add 169.254.7.7/16 dev base0')
  await until(() =>
    expect(find('kernel:base0')).toMatchObject({ link: 'up', uplink: false, connectivity: 'limited' }),
  )
})

it('S3: an IPv6 address counts once no other machine turned out to have it', async () => {
  await layCable('base0')
  const { find, worlds } = await openKernel()
  await ip('address add fd00::7/64 dev base0')
  await until(() => expect(find('kernel:base0')).toMatchObject({ link: 'up' }))
  const up = worlds.flatMap(({ configurations }) => configurations.filter(({ link }) => link === 'up'))
  expect(up[0]?.interface?.addresses).toContain('fd00::7/64')
})
