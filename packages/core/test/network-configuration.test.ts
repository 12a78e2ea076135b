import { describe, expect, it } from 'vitest'
import { NetworkConfiguration } from '../src/index.js'

const desk = NetworkConfiguration.from({
  identifier: 'desk',
  name: 'Desk',
  type: 'internetAccessPoint',
  state: 'active',
  bearerType: 'ethernet',
  isValid: true,
})
const network = NetworkConfiguration.from({
  identifier: 'net',
  type: 'serviceNetwork',
  state: 'active',
  isValid: true,
  children: [desk],
})

describe('a configuration made of facts', () => {
  it.each([
    ['structuredClone', structuredClone(network)],
    ['JSON', JSON.parse(JSON.stringify(network)) as NetworkConfiguration],
  ])('is what it was before %s, with its methods', (_, facts) => {
    const again = NetworkConfiguration.from(facts)
    expect(again).toEqual(network)
    expect(again).toBeInstanceOf(NetworkConfiguration)
    expect(again.is('discovered')).toBe(true)
    expect(again.children[0]?.bearerTypeName).toBe('Ethernet')
    expect([again, again.children, again.children[0]].map(Object.isFrozen)).toEqual([true, true, true])
  })

  it('keeps children that are configurations as they are', () => {
    expect(network.children[0]).toBe(desk)
  })

  it('is as for an unknown identifier where facts are missing, and has no others', () => {
    const facts = JSON.parse('{ "identifier": "x", "__proto__": { "is": 1 }, "is": 1, "more": 1 }')
    const made = NetworkConfiguration.from(facts)
    expect(made).toMatchObject({
      identifier: 'x',
      isValid: false,
      state: 'undefined',
      connectTimeout: 30_000,
    })
    expect(Object.hasOwn(made, 'more') || Object.hasOwn(made, 'is')).toBe(false)
    expect(made.is('undefined')).toBe(true)
  })
})
