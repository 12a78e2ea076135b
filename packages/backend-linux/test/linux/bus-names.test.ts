import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deferred } from '@roamkit/core/backend-kit'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Bus, BusError, type BusWatch, type Connect } from '../../src/bus/bus-port.js'
import { BusNames } from '../../src/linux/bus-names.js'
import { ManualClock } from '../manual-clock.js'

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return { ...fs, watch: vi.fn(fs.watch) }
})

const SERVICES = ['one', 'two', 'three']

/** A FAKE bus: who is on it, as a test says. */
class FakeBus {
  isThere = true
  owners: Record<string, string> = {}
  watches: BusWatch[] = []
  connections = 0
  #end = deferred<BusError>()

  readonly connect: Connect = async (_address, { watch, signal }) => {
    this.connections += 1
    signal?.throwIfAborted()
    if (!this.isThere) throw new BusError('ERR_BUS_CONNECT', 'no bus')
    this.#end = deferred()
    this.watches = [watch]
    const { owners, watches } = this
    return {
      id: 'x',
      owner: owners[watch.service] ?? null,
      listen: async (also: BusWatch) => {
        watches.push(also)
        return owners[also.service] ?? null
      },
      closed: this.#end.promise,
      close: () => this.end(),
    } as Partial<Bus> as Bus
  }

  end(): void {
    this.#end.resolve(new BusError('ERR_BUS_CLOSED', 'over'))
  }

  appear(service: string, owner: string | null = ':1.7'): void {
    this.watches.find((watch) => watch.service === service)?.owner(owner)
  }
}

let bus: FakeBus
let clock: ManualClock
let folder: string
let appeared: string[]
let logged: string[]
let names: BusNames

beforeEach(() => {
  bus = new FakeBus()
  clock = new ManualClock()
  folder = mkdtempSync(join(tmpdir(), 'roamkit-bus-'))
  appeared = []
  logged = []
  names = new BusNames(SERVICES, {
    connect: bus.connect,
    address: `unix:path=${folder}/socket`,
    host: { clock, log: (event) => logged.push(event) },
    onAppear: (service) => appeared.push(service),
  })
})

afterEach(() => {
  names.close()
  expect(clock.pending).toBe(0)
  rmSync(folder, { recursive: true })
})

it('reports the services that are there, and then each that comes', async () => {
  bus.owners = { two: ':1.2' }
  await names.follow()
  expect(appeared).toEqual(['two'])
  bus.appear('one')
  bus.appear('two', null)
  bus.appear('three')
  expect(appeared).toEqual(['two', 'one', 'three'])
})

it('listens to no signal', async () => {
  await names.follow()
  expect(bus.watches.map(({ only }) => only)).toEqual([[], [], []])
})

it('waits for a bus that is not there by its folder, not by time', async () => {
  bus.isThere = false
  await names.follow()
  expect(logged).toEqual(['the system bus cannot be followed'])
  await clock.advance(3_600_000)
  expect(bus.connections).toBe(1)
  bus.isThere = true
  bus.owners = { one: ':1.1' }
  writeFileSync(join(folder, 'socket'), '')
  await expect.poll(() => clock.pending).toBe(1)
  await clock.advance(100)
  expect(appeared).toEqual(['one'])
})

it('waits for a bus whose folder is not there either, and for one whose folder is removed', async () => {
  rmSync(folder, { recursive: true })
  bus.isThere = false
  await names.follow()
  mkdirSync(folder)
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  expect(clock.pending).toBe(0)
  await new Promise((resolve) => setImmediate(resolve))
  bus.isThere = true
  bus.owners = { one: ':1.1' }
  writeFileSync(join(folder, 'socket'), '')
  await expect.poll(() => clock.pending).toBe(1)
  await clock.advance(100)
  expect(appeared).toEqual(['one'])
})

it('tries again after a pause if no folder can be watched', async () => {
  vi.mocked(watch).mockImplementationOnce(() => {
    throw new Error('ENOSPC')
  })
  bus.isThere = false
  await names.follow()
  bus.isThere = true
  bus.owners = { one: ':1.1' }
  await clock.advance(100)
  expect(appeared).toEqual(['one'])
})

it('tries again, ever more rarely, while the socket is there and no bus answers', async () => {
  writeFileSync(join(folder, 'socket'), '')
  bus.isThere = false
  await names.follow()
  await clock.advance(60_000)
  // 0.1 + 0.2 + 0.4 ... s, and then every 5 s.
  expect(bus.connections).toBeGreaterThan(10)
  expect(bus.connections).toBeLessThan(20)
})

it('follows again when the bus is back after its end', async () => {
  await names.follow()
  bus.isThere = false
  bus.end()
  await clock.advance(0)
  expect(clock.pending).toBe(0)
  bus.isThere = true
  bus.owners = { three: ':1.3' }
  writeFileSync(join(folder, 'socket'), '')
  await expect.poll(() => clock.pending).toBe(1)
  await clock.advance(100)
  expect(appeared).toEqual(['three'])
})

it('once closed it does nothing more', async () => {
  await names.follow()
  names.close()
  await clock.advance(60_000)
  expect(bus.connections).toBe(1)
  await names.follow()
  expect(appeared).toEqual([])
})
