import { PrivateBus } from '@roamkit/lab-fake-networkmanager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RandomNumbers } from '../linux/storm-random.js'
import { Stage } from './stage.js'
import { Variation } from './variation.js'

const RUNS = Number(process.env.ROAMKIT_RUNS ?? 120)
/** The same variations in every run of CI; others with ROAMKIT_SEED. With the seed of a variation, that one is the first. */
const SEED = Number(process.env.ROAMKIT_SEED ?? 1)
/** They wait more than they compute. */
const LANES = 8

let buses: PrivateBus[]
beforeAll(async () => {
  buses = await Promise.all(Array.from({ length: LANES }, () => PrivateBus.start()))
})
afterAll(() => Promise.all(buses.map((bus) => bus.stop())))

async function play(bus: PrivateBus, seed: number): Promise<string[]> {
  const stage = await Stage.open(bus)
  const variation = new Variation(stage, new RandomNumbers(seed))
  try {
    return await variation.play()
  } finally {
    stage.close()
  }
}

it(`every session comes to rest as the fake says, in ${RUNS} variations of what happens in the lab`, async () => {
  console.log(`${RUNS} variations, ROAMKIT_SEED=${SEED}`)
  const surfaced: unknown[] = []
  const note = (error: unknown) => surfaced.push(error)
  process.on('unhandledRejection', note)
  const seeds = Array.from({ length: RUNS }, (_, index) => SEED + index)
  const faults: string[] = []
  const lane = async (bus: PrivateBus) => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
      for (const fault of await play(bus, seed)) faults.push(`variation ${seed}: ${fault}`)
  }
  await Promise.all(buses.map(lane))
  process.off('unhandledRejection', note)
  expect(faults).toEqual([])
  expect(surfaced).toEqual([])
})
