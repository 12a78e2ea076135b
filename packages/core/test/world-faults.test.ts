import { describe, expect, it } from 'vitest'
import { factFaults, type LinkConfiguration, type World, worldFaults } from '../src/contract/index.js'
import { DOWN_LINK } from './down-link.js'

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

  const cellular = { operator: 'Orange F', operatorCode: '20801', registration: 'visited' }

  it.each([
    undefined,
    null,
    cellular,
    { operator: null, operatorCode: null, registration: null },
    { ...cellular, operatorCode: '310260', registration: 'home' },
  ])('allows %j for cellular (T4)', (value) => {
    const link = { ...DOWN_LINK, cellular: value } as LinkConfiguration
    expect(worldFaults({ ...world, configurations: [link] })).toEqual([])
    expect(factFaults({ cellular: value }, 'configuration', 'it')).toEqual([])
  })

  it.each([
    true,
    {},
    { ...cellular, operator: '' },
    { ...cellular, operator: 7 },
    { ...cellular, operatorCode: '2080' },
    { ...cellular, operatorCode: '208-01' },
    { ...cellular, registration: 'roaming' },
    { ...cellular, registration: true },
  ])('reports %j for cellular (T4)', (value) => {
    const faults = factFaults({ cellular: value }, 'configuration', 'it')
    expect(faults).toEqual([expect.stringContaining(`it: cellular is ${JSON.stringify(value)}, not {`)])
  })
})
