import { describe, expect, it } from 'vitest'
import { inProcessHolders } from '../src/engine/links/in-process-holders.js'

const call = { signal: new AbortController().signal }

/** Until everything has run that can. */
const turn = () => new Promise(setImmediate)

function three() {
  const registry = new Map()
  return {
    registry,
    holders: [inProcessHolders(registry), inProcessHolders(registry), inProcessHolders(registry)] as const,
  }
}

describe('holders in one process', () => {
  it('run one at a time, in the order of asking', async () => {
    const { holders } = three()
    const order: string[] = []
    await Promise.all(
      holders.map((one, index) =>
        one.locked(
          's',
          'x',
          async () => {
            order.push(`${index} in`)
            await Promise.resolve()
            order.push(`${index} out`)
          },
          call,
        ),
      ),
    )
    expect(order).toEqual(['0 in', '0 out', '1 in', '1 out', '2 in', '2 out'])
  })

  it('count others, and remember whose the activation is until the last one leaves', async () => {
    const { registry, holders } = three()
    const [one, two] = holders
    await one.locked('s', 'x', (held) => held.join('A'), call)
    await two.locked(
      's',
      'x',
      async (held) => {
        expect([held.others, held.owned]).toEqual([1, 'A'])
        await held.join(held.owned)
      },
      call,
    )
    await one.locked('s', 'x', (held) => held.leave(), call)
    await two.locked(
      's',
      'x',
      async (held) => {
        expect([held.others, held.owned]).toEqual([0, 'A'])
        await held.leave()
      },
      call,
    )
    expect(registry.size).toBe(0)
  })

  it('are notified of a stop by another one, and not of their own', async () => {
    const { holders } = three()
    const heard: string[] = []
    for (const [index, one] of holders.entries())
      one.watch('s', 'x', (activation) => heard.push(`${index} ${activation}`))
    await holders[0].locked('s', 'x', async (held) => held.stopping('A'), call)
    expect(heard).toEqual(['1 A', '2 A'])
  })

  it('give up waiting with the abort reason, and let no other in early', async () => {
    const { holders } = three()
    const [one, two, last] = holders
    let release = () => {}
    const order: string[] = []
    const first = one.locked('s', 'x', () => new Promise<void>((resolve) => (release = resolve)), call)
    const controller = new AbortController()
    const second = two.locked('s', 'x', async () => order.push('second'), { signal: controller.signal })
    const third = last.locked('s', 'x', async () => order.push('third'), call)
    controller.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    order.push('first still in')
    release()
    await Promise.all([first, third])
    expect(order).toEqual(['first still in', 'third'])
  })

  it('leave everything when disposed, and a lock whose holder throws is free again', async () => {
    const { registry, holders } = three()
    const [one, two] = holders
    await one.locked('s', 'x', (held) => held.join('A'), call)
    await expect(two.locked('s', 'x', () => Promise.reject(new Error('oops')), call)).rejects.toThrow('oops')
    await one[Symbol.asyncDispose]()
    await two.locked('s', 'x', async (held) => expect([held.others, held.owned]).toEqual([0, null]), call)
    await Promise.resolve()
    expect(registry.size).toBe(0)
  })

  it('run one at a time for as long as any of them waits for the lock', async () => {
    const { holders } = three()
    const [one, two, last] = holders
    const releases: (() => void)[] = []
    const keep = () => new Promise<void>((resolve) => releases.push(resolve))
    const first = one.locked('s', 'x', keep, call)
    const second = two.locked('s', 'x', keep, call)
    await turn()
    releases[0]?.()
    await first
    await turn()
    let isIn = false
    const third = last.locked(
      's',
      'x',
      async () => {
        isIn = true
      },
      call,
    )
    await turn()
    expect(isIn).toBe(false)
    releases[1]?.()
    await Promise.all([second, third])
    expect(isIn).toBe(true)
  })

  it('are asked for nothing by a caller whose signal has aborted before', async () => {
    const { registry, holders } = three()
    const signal = AbortSignal.abort(new Error('too late'))
    const run = async () => {
      throw new Error('it ran')
    }
    await expect(holders[0].locked('s', 'x', run, { signal })).rejects.toThrow('too late')
    expect(registry.size).toBe(0)
  })

  it('H3 can be excluded only where none of them is there', async () => {
    const { holders } = three()
    const [one, two] = holders
    const excludes = () => two.locked('s', 'x', (held) => held.exclude(), call)
    expect(await excludes()).toBe(true)
    await two.locked('s', 'x', (held) => held.join(null), call)
    expect(await excludes()).toBe(true)
    await one.locked('s', 'x', (held) => held.join(null), call)
    expect(await excludes()).toBe(false)
  })

  it('H2 are listed, and each knows which one it is', async () => {
    const { holders } = three()
    const [one, two] = holders
    expect(one.list('s', 'x')).toEqual([])
    for (const member of [one, two]) await member.locked('s', 'x', (held) => held.join(null), call)
    const member = { pid: null, name: null, since: null }
    const [mine, theirs] = [
      { ...member, isSelf: true },
      { ...member, isSelf: false },
    ]
    expect(one.list('s', 'x')).toEqual([mine, theirs])
    expect(two.list('s', 'x')).toEqual([theirs, mine])
    expect(Object.isFrozen(one.list('s', 'x')[0])).toBe(true)
  })

  it('are forgotten with the last that watches, and watch no longer when disposed', async () => {
    const { registry, holders } = three()
    const [one, two, last] = holders
    const heard: string[] = []
    const undo = one.watch('s', 'x', () => heard.push('one'))
    two.watch('s', 'x', () => heard.push('two'))
    last.watch('s', 'x', () => heard.push('three'))
    await two[Symbol.asyncDispose]()
    await last.locked('s', 'x', async (held) => held.stopping('A'), call)
    expect(heard).toEqual(['one'])
    await last[Symbol.asyncDispose]()
    expect(registry.size).toBe(1)
    undo()
    undo()
    expect(registry.size).toBe(0)
  })

  it('are not forgotten with those who watched before them', async () => {
    const { holders } = three()
    const [one, two] = holders
    const undo = one.watch('s', 'x', () => {})
    undo()
    await two.locked('s', 'x', (held) => held.join('A'), call)
    undo()
    expect(one.list('s', 'x')).toHaveLength(1)
  })

  it('two scopes, or two links, have nothing to do with each other', async () => {
    const { holders } = three()
    const [one, two] = holders
    await one.locked(
      's',
      'x',
      async (held) => {
        await held.join('A')
        await two.locked('s', 'y', async (other) => expect(other.others).toBe(0), call)
        await two.locked('t', 'x', async (other) => expect(other.others).toBe(0), call)
      },
      call,
    )
  })
})
