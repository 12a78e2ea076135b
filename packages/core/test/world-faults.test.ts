import { describe, expect, it } from 'vitest'
import { factFaults, type World, worldFaults } from '../src/contract/index.js'

const world: World = {
  service: 'ready',
  updates: 'events',
  scope: null,
  scan: 'no',
  recheck: 'no',
  statistics: false,
  configurations: [],
  defaultId: null,
  power: 'unknown',
}

describe('worldFaults', () => {
  it.each([undefined, true, false])(
    'allows %s for directRouting, and a world without it',
    (directRouting) => {
      expect(worldFaults(world)).toEqual([])
      expect(worldFaults({ ...world, directRouting } as World)).toEqual([])
      expect(factFaults({ directRouting }, 'world', 'the options')).toEqual([])
    },
  )

  it.each([null, 'yes', 1, {}])('reports %j for directRouting', (directRouting) => {
    const fault = `directRouting is ${JSON.stringify(directRouting)}, not true or false, or left out`
    expect(worldFaults({ ...world, directRouting } as unknown as World)).toEqual([`the world: ${fault}`])
    expect(factFaults({ directRouting }, 'world', 'the options')).toEqual([`the options: ${fault}`])
  })
})
