import { describe, expect, it } from 'vitest'
import { linkOf, scenarioIn } from '../src/scenarios/link.js'
import { readyMade } from '../src/scenarios/ready-made.js'
import { checkScenario, LIMITS } from '../src/scenarios/scenario.js'

const NETWORK = 'network'
const POINT = {
  id: 'a',
  name: 'Ä 🌍',
  bearer: 'wlan',
  isInRange: true,
  signal: 50,
  isMetered: false,
  connectivity: 'full',
} as const
const SCENARIO = {
  target: NETWORK,
  isConsulted: true,
  accessPoints: [POINT],
  steps: [
    { at: 0, does: 'open' },
    { at: 10, does: 'range', on: 'a', value: false },
    { at: 10, does: 'meter', on: 'a', value: true },
    { at: 20, does: 'signal', on: 'a', value: 0 },
    { at: 30, does: 'connect', on: 'a', value: 'portal' },
    { at: LIMITS.duration, does: 'consult', value: false },
  ],
} as const

const withPoint = (part: object) => ({ ...SCENARIO, accessPoints: [{ ...POINT, ...part }] })
const withStep = (step: object) => ({ ...SCENARIO, steps: [step] })

describe('a link', () => {
  it('restores a scenario', () => {
    const link = linkOf(SCENARIO)
    expect(link).toMatch(/^#[\w=-]+$/)
    expect(scenarioIn(link, NETWORK)).toEqual(SCENARIO)
  })

  it('without a scenario has none', () => {
    expect(scenarioIn('', NETWORK)).toBeNull()
    expect(scenarioIn('#log', NETWORK)).toBeNull()
  })

  it.each(['#scenario=', '#scenario=*', linkOf(SCENARIO).slice(0, -9), `#scenario=${btoa('\xff')}`])(
    'that is damaged is refused: %#',
    (link) => {
      expect(() => scenarioIn(link, NETWORK)).toThrow('it is cut off or damaged')
    },
  )

  it('that is too long is refused before it is read', () => {
    expect(() => scenarioIn(`#scenario=${'*'.repeat(LIMITS.text + 1)}`, NETWORK)).toThrow(
      'it has 60001 characters, and at most 60000 are allowed',
    )
  })

  it('with the most that a scenario may have is short enough', () => {
    const accessPoints = Array.from({ length: LIMITS.accessPoints }, (_, index) => ({
      ...POINT,
      id: `${'a'.repeat(19)}${index}`,
      name: '\u{ffff}'.repeat(LIMITS.name),
    }))
    const step = { at: LIMITS.duration, does: 'connect', on: `${'a'.repeat(19)}0`, value: 'limited' } as const
    const most = { ...SCENARIO, accessPoints, steps: Array.from({ length: LIMITS.steps }, () => step) }
    expect(scenarioIn(linkOf(most), NETWORK)).toEqual(most)
  })
})

describe('a scenario from outside', () => {
  it.each([
    [null, 'the scenario is not an object'],
    [[], 'the scenario is not an object'],
    [{ ...SCENARIO, extra: 1 }, 'the scenario has an unknown member "extra"'],
    [{ ...SCENARIO, target: 'b' }, 'target is "b", not network or a'],
    [{ ...SCENARIO, isConsulted: 1 }, 'isConsulted is 1, not true or false'],
    [{ ...SCENARIO, accessPoints: [] }, 'accessPoints is empty'],
    [{ ...SCENARIO, accessPoints: [POINT, POINT] }, 'two access points have the same id'],
    [{ ...SCENARIO, accessPoints: Array.from({ length: 9 }, () => POINT) }, 'accessPoints has 9 members'],
    [{ ...SCENARIO, steps: 'open' }, 'steps is not a list'],
    [{ ...SCENARIO, steps: Array.from({ length: 501 }, () => SCENARIO.steps[0]) }, 'steps has 501 members'],
    [withPoint({ id: '__proto__' }), 'accessPoints[0].id must have'],
    [withPoint({ name: ' ' }), 'accessPoints[0].name must be'],
    [withPoint({ name: 'x'.repeat(41) }), 'accessPoints[0].name must be'],
    [withPoint({ signal: 101 }), 'accessPoints[0].signal is 101, not a whole number from 0 to 100'],
    [withPoint({ signal: 1.5 }), 'accessPoints[0].signal is 1.5'],
    [withPoint({ bearer: 'x'.repeat(99) }), `accessPoints[0].bearer is "${'x'.repeat(39)}…`],
    [withStep({ at: -1, does: 'open' }), 'steps[0].at is -1'],
    [withStep({ at: LIMITS.duration + 1, does: 'open' }), 'steps[0].at is 3600001'],
    [withStep({ at: 0, does: 'stop' }), 'steps[0].does is "stop"'],
    [withStep({ at: 0, does: 'open', on: 'a' }), 'steps[0] has an unknown member "on"'],
    [withStep({ at: 0, does: 'range', on: 'b', value: true }), 'steps[0].on is "b", not a'],
    [withStep({ at: 0, does: 'signal', on: 'a' }), 'steps[0].value is undefined'],
    [{ ...SCENARIO, steps: SCENARIO.steps.toReversed() }, 'steps[1] is earlier than the one before'],
  ])('is refused: $1', (scenario, message) => {
    expect(() => checkScenario(scenario, NETWORK)).toThrow(message)
  })
})

it.each(Object.entries(readyMade))('%s is a valid scenario', (_, scenario) => {
  expect(checkScenario(scenario, 'roamkit:uplinks')).toEqual(scenario)
})
