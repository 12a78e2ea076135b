import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { status } from '@roamkit/lab-linux'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { HeapGrowth, withoutOptimisedCode } from '../heap.js'
import { PROFILE, until } from './host.js'
import { expectCalm, expectNoLeak, resources } from './storm-invariants.js'
import { calmLab } from './storm-lab.js'
import { StormTable } from './storm-table.js'
import { StormWorld } from './storm-world.js'

const SECONDS = Number(process.env.ROAMKIT_SOAK_SECONDS ?? 30)
const SEGMENT = 10
/** A flap every ten milliseconds. */
const PERIOD = 10
const ADDRESS = '10.91.1.200'

withoutOptimisedCode()

beforeAll(calmLab)
afterAll(calmLab)

/** An `ip` that obeys line by line for as long as it lives. */
function startIp(...where: readonly string[]): ChildProcess & { stdin: NonNullable<ChildProcess['stdin']> } {
  return spawn('ip', [...where, '-force', '-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
}

/** Flaps of an MTU and an address here and of a cable at the other end, at an even pace; resolves to their number. */
async function flap(
  here: ReturnType<typeof startIp>,
  there: typeof here,
  seconds: number,
  from: number,
): Promise<number> {
  const begin = performance.now()
  const total = Math.round((seconds * 1000) / PERIOD)
  let done = 0
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor((performance.now() - begin) / PERIOD))
      for (; done < due; done += 1) {
        const isOdd = (from + done) % 2 === 1 // the first one changes nothing
        here.stdin.write(`link set eth-b mtu ${isOdd ? 1400 : 1500}\n`)
        here.stdin.write(`address ${isOdd ? 'add' : 'delete'} ${ADDRESS}/32 dev eth-b\n`)
        there.stdin.write(`link set peer-c ${isOdd ? 'down' : 'up'}\n`)
      }
      if (done < total) return
      clearInterval(timer)
      resolve()
    }, PERIOD / 2)
  })
  return done
}

/** Seconds of CPU that a process has used. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

it(
  `after ${SECONDS} s of 100 flaps a second the model is the kernel's and the heap is flat`,
  async () => {
    const before = await resources()
    const world = await StormWorld.open({ lossGrace: 60_000 })
    const [, held, cabled] = [
      world.watch('system', PROFILE.a),
      world.watch('held', PROFILE.b),
      world.watch('cabled', PROFILE.c),
    ]
    for (const { session } of world.witnesses) await session.open()
    let told = 0
    held.session.subscribe(() => {
      told += 1
    })
    const here = startIp()
    const there = startIp('-n', 'peer')
    const nm = status().nm ?? 0
    const cpu = { own: process.cpuUsage(), nm: cpuOf(nm) }
    let flaps = 0
    let busy = 0
    const heap = new HeapGrowth()
    for (let segment = 0; segment < Math.ceil(SECONDS / SEGMENT); segment += 1) {
      const begin = performance.now()
      // An odd number, so that each segment ends in another state than the one before.
      flaps += await flap(here, there, Math.min(SEGMENT, SECONDS) + PERIOD / 1000, flaps)
      busy += (performance.now() - begin) / 1000
      const mtu = flaps % 2 === 0 ? 1400 : 1500
      await until(() => {
        expect(Number(readFileSync('/sys/class/net/eth-b/mtu', 'utf8'))).toBe(mtu)
        expect(held.session.interface?.mtu).toBe(mtu)
        const addresses = networkInterfaces()['eth-b']?.map(({ cidr }) => cidr)
        expect([...(held.session.interface?.addresses ?? [])].sort()).toEqual(addresses?.sort())
        expect(cabled.session.state).toBe(mtu === 1400 ? 'notAvailable' : 'connected')
      })
      expect(held.session.isOpen && cabled.session.isOpen).toBe(true)
      heap.measure()
    }
    const used = process.cpuUsage(cpu.own)
    const own = (used.user + used.system) / 1e6
    here.stdin.end(`link set eth-b mtu 1500\naddress delete ${ADDRESS}/32 dev eth-b\n`)
    there.stdin.end('link set peer-c up\n')
    await until(() => expect(cabled.session.state).toBe('connected'))
    await expectCalm([world])
    for (const { session } of world.witnesses) await session.close()
    const percent = (seconds: number) => `${((seconds / busy) * 100).toFixed(1)} %`
    const table = new StormTable('Soak')
    table.add('flaps', '100 a second', 'seen through to the end', flaps)
    table.print(
      'storms-soak.txt',
      `CPU: this process ${percent(own)}, NetworkManager ${percent(cpuOf(nm) - cpu.nm)}; the held session told of ${told} changes`,
      `heap after each ${SEGMENT} s, KiB: ${heap}`,
    )
    expect(heap.perStep).toBeLessThan(100_000)
    await world.manager.close()
    await expectNoLeak(before, [world])
  },
  (SECONDS + 60) * 1000,
)
