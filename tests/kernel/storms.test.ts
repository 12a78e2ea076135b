import { spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { kernel } from '@roamkit/backend-linux'
import { systemClock } from '@roamkit/core/backend-kit'
import { asyncDispose } from '@roamkit/core/contract'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { Cable, type FarSide, ip, ipAll, startFarSide } from './network.js'
import { openKernel, until } from './open-kernel.js'

let far: FarSide
beforeAll(async () => {
  far = await startFarSide()
})
afterAll(() => far.end())

async function lay(name: string, number = 0): Promise<Cable> {
  const cable = await Cable.lay(far, name, number)
  onTestFinished(() => cable.remove())
  return cable
}

it('a hundred flaps a second: each is another activation, and what does not flap stays the same object', async () => {
  const cable = await lay('flaps')
  const calm = await lay('calm', 1)
  await calm.up()
  const { worlds, find } = await openKernel()
  await until(() => expect(find('kernel:calm')?.interface?.addresses).toHaveLength(2))
  const before = find('kernel:calm')
  const rounds = 200
  const begin = performance.now()
  for (let round = 0; round < rounds; round += 20) {
    await ipAll(Array.from({ length: 20 }, () => ['link set flaps up', 'link set flaps down']).flat())
    // In step with the clock, so that it is a hundred a second and not more.
    await new Promise((resolve) => setTimeout(resolve, begin + (round + 20) * 10 - performance.now()))
  }
  await cable.up()
  await until(() => expect(find('kernel:flaps')).toMatchObject({ link: 'up', uplink: true }))
  const shown = worlds.flatMap(({ configurations }) =>
    configurations.filter(({ id }) => id === 'kernel:flaps'),
  )
  const ended = new Set(shown.map((one) => one.ended?.activation))
  const current = new Set(shown.map(({ activation }) => activation))
  expect(current.size).toBeGreaterThan(rounds / 2)
  for (const one of shown)
    expect(one.activation === null || one.ended?.activation !== one.activation).toBe(true)
  expect(ended.has(find('kernel:flaps')?.activation ?? '')).toBe(false)
  expect(find('kernel:calm')).toBe(before)
})

it('an overrun (ENOBUFS) leads to a fresh list: nothing is missing, and nothing stays that is gone', async () => {
  const cable = await lay('overrun')
  await cable.up()
  const { backend, logged, find } = await openKernel({ receiveBuffer: 1 })
  await ip('link add gone0 type veth peer name gone1')
  await until(() => expect(find('kernel:gone0')).toBeDefined())
  const { activation } = find('kernel:overrun') ?? {}
  for (let round = 1; round <= 5; round += 1) {
    const commands = [
      ...Array.from({ length: 100 }, () => ['link set overrun down', 'link set overrun up']).flat(),
      round === 1 ? 'link delete gone0' : '',
      `link add new${round} type veth peer name newer${round}`,
    ]
    // Synchronously, so that this process reads nothing meanwhile.
    expect(spawnSync('ip', ['-batch', '-'], { input: commands.join('\n') }).status).toBe(0)
    onTestFinished(() => void spawnSync('ip', ['link', 'delete', `new${round}`]))
    await until(() => expect(find(`kernel:new${round}`)).toBeDefined())
    expect(logged.length).toBeGreaterThanOrEqual(round)
  }
  expect(find('kernel:gone0')).toBeUndefined()
  await until(() => expect(find('kernel:overrun')).toMatchObject({ link: 'up', ended: expect.anything() }))
  expect(find('kernel:overrun')?.activation).not.toBe(activation)
  expect(backend.snapshot().service).toBe('ready')
})

it('an index that is used again, for the same name, is another link', async () => {
  const { find } = await openKernel()
  const make = () =>
    ipAll([
      'link add again index 4711 type veth peer name again1 index 4712',
      'address add 10.77.0.1/24 dev again',
      'link set again1 up',
      'link set again up',
    ])
  await make()
  onTestFinished(() => void spawnSync('ip', ['link', 'delete', 'again']))
  await until(() => expect(find('kernel:again')?.link).toBe('up'))
  const first = find('kernel:again')
  await ip('link delete again')
  await make()
  await until(() => expect(find('kernel:again')?.link).toBe('up'))
  const second = find('kernel:again')
  expect(second?.interface?.index).toBe(first?.interface?.index)
  expect(second?.activation).not.toBe(first?.activation)
})

it('a renamed interface is another configuration, and the name is free for another interface', async () => {
  const one = await lay('one')
  const two = await lay('two', 1)
  await one.up()
  await two.up()
  const { find } = await openKernel()
  const indexOf = (name: string) => find(`kernel:${name}`)?.interface?.index
  const [first, second] = [indexOf('one'), indexOf('two')]
  await ipAll(['link set one name three', 'link set two name one', 'link set three name two'])
  await until(() => expect([indexOf('one'), indexOf('two')]).toEqual([second, first]))
  expect(find('kernel:three')).toBeUndefined()
})

it('an interface that moves to another namespace is gone, and comes back as a link that is down', async () => {
  const cable = await lay('mover')
  await cable.up()
  const { find } = await openKernel()
  const first = find('kernel:mover')?.activation
  await ip(`link set mover netns ${far.pid}`)
  await until(() => expect(find('kernel:mover')).toBeUndefined())
  await far.ip(`link set mover netns ${process.pid}`)
  await until(() =>
    expect(find('kernel:mover')).toMatchObject({ link: 'down', ended: { activation: first } }),
  )
  await ip('address add 10.66.0.2/24 dev mover')
  await cable.up()
  await until(() => expect(find('kernel:mover')?.link).toBe('up'))
  expect(find('kernel:mover')?.activation).not.toBe(first)
})

it('routes that the kernel deletes without a word are gone: the default is the next best link', async () => {
  const best = await lay('best')
  const next = await lay('next', 1)
  await best.up()
  await next.up()
  const { backend, find } = await openKernel()
  expect(backend.snapshot().defaultId).toBe('kernel:best')
  await ip('address add fd00::5/64 dev best nodad')
  await ip('address delete 10.66.0.2/24 dev best')
  await until(() => expect(backend.snapshot().defaultId).toBe('kernel:next'))
  await until(() =>
    expect(find('kernel:best')).toMatchObject({ link: 'up', uplink: false, interface: { gateways: [] } }),
  )
  await next.down()
  await until(() => expect(backend.snapshot().defaultId).toBeNull())
})

it('leaves no descriptor behind, however often it is opened', async () => {
  const sockets = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
      } catch {
        // The descriptor of this very reading.
        return false
      }
    }).length
  const cycle = async () => {
    const host = { clock: systemClock, log() {}, changed() {} }
    const backend = await kernel().open(host, { signal: new AbortController().signal })
    await backend[asyncDispose]()
  }
  await cycle()
  const before = sockets()
  for (let round = 0; round < 50; round += 1) await cycle()
  await until(() => expect(sockets()).toBe(before))
})
