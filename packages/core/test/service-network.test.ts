import { describe, expect, it } from 'vitest'
import { NetworkConfiguration, NOTHING_KNOWN } from '../src/configurations/network-configuration.js'
import { ServiceNetwork } from '../src/configurations/service-network.js'
import { timesOf } from '../src/primitives/time/times.js'

const CONTEXT = { defaultId: null, now: 0, times: timesOf({}) }

/** A service network of every access point that there is. */
class Bed {
  readonly network = new ServiceNetwork({ identifier: 'all', members: () => true, ranking: [] })
  readonly #there = new Map<string, NetworkConfiguration>()
  #shown: NetworkConfiguration | null = null

  /** An access point is looked at again, and is as it was. Returns the configuration of the service network. */
  look(identifier: string): NetworkConfiguration {
    const find = (name: string) => this.#there.get(name) ?? null
    return this.network.update([identifier], find, this.#shown, CONTEXT)
  }

  /** Access points come and go in one moment. Returns the children, best first. */
  change(comes: readonly string[], goes: readonly string[] = []): readonly string[] {
    for (const identifier of comes) {
      const facts = {
        ...NOTHING_KNOWN,
        identifier,
        name: identifier,
        type: 'internetAccessPoint',
        state: 'discovered',
      } as const
      this.#there.set(identifier, NetworkConfiguration.create({ ...facts, isValid: true, children: [] }))
    }
    for (const identifier of goes) this.#there.delete(identifier)
    const find = (identifier: string) => this.#there.get(identifier) ?? null
    this.#shown = this.network.update([...comes, ...goes], find, this.#shown, CONTEXT)
    return this.#shown.children.map(({ identifier }) => identifier)
  }
}

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, '0')}`)

describe('the children of a service network', () => {
  it('stand in the order of their identifiers where the policy makes no difference, few or many at once (C4)', () => {
    const bed = new Bed()
    expect(bed.change(names('m', 40).reverse())).toEqual(names('m', 40))
    expect(bed.change(names('b', 40).reverse())).toEqual([...names('b', 40), ...names('m', 40)])
    expect(bed.change(['a', 'z'], names('b', 39))).toEqual(['a', 'b39', ...names('m', 40), 'z'])
  })

  it('are the same configuration while none of them changes (C2)', () => {
    const bed = new Bed()
    bed.change(['a', 'b'])
    const before = bed.look('a')
    expect(bed.look('b')).toBe(before)
    bed.change(['b'])
    expect(bed.look('b')).not.toBe(before)
  })

  it('are another set of identifiers when one comes as another goes (M5)', () => {
    const bed = new Bed()
    bed.change(['a', 'b'])
    const before = bed.network.memberIdentifiers
    bed.change(['b'])
    expect(bed.network.memberIdentifiers).toBe(before)
    bed.change(['c'], ['a'])
    expect([...bed.network.memberIdentifiers]).toEqual(['b', 'c'])
    bed.change([], ['b'])
    expect([...bed.network.memberIdentifiers]).toEqual(['c'])
  })
})
