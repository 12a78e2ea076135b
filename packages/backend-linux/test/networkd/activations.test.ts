import { describe, expect, it } from 'vitest'
import { Activations, type Observed } from '../../src/networkd/activations.js'

const PULLED = { reason: 'carrierLost', native: 'CarrierState no-carrier' } as const
const up = (count: number | null = 1): Observed => see('up', count)
const see = (phase: Observed['phase'], count: number | null = 1): Observed => ({
  phase,
  carries: phase !== 'down',
  period: count === null ? null : { index: 2, count },
})

describe('the activations of a link', () => {
  it('have the same name in every process: that of the kernel’s count', () => {
    const [one, other] = [new Activations('boot'), new Activations('boot')]
    expect(one.observe('eth-a', up(), PULLED).activation).toBe('eth-a#boot.2.1')
    expect(other.observe('eth-a', see('activating'), PULLED).activation).toBe('eth-a#boot.2.1')
  })

  it('last from the carrier to its loss, with addresses or without', () => {
    const activations = new Activations('boot')
    const names = [see('activating'), up(), see('activating'), up()].map(
      (observed) => activations.observe('eth-a', observed, PULLED).activation,
    )
    expect(new Set(names).size).toBe(1)
    expect(activations.observe('eth-a', see('down'), PULLED)).toMatchObject({
      activation: null,
      ended: { activation: names[0], ...PULLED },
    })
    expect(activations.observe('eth-a', up(2), PULLED)).toMatchObject({
      activation: 'eth-a#boot.2.2',
      ended: { activation: names[0] },
    })
  })

  it.each([
    ['the kernel does not count', 1],
    ['its count cannot be read', null],
  ])('are fresh even if %s', (_what, count) => {
    const activations = new Activations('boot')
    const names = Array.from({ length: 3 }, () => {
      const { activation } = activations.observe('dummy0', up(count), PULLED)
      activations.observe('dummy0', see('down', count), PULLED)
      return activation
    })
    expect(new Set(names).size).toBe(3)
  })

  it('begin when networkd has accepted, under the name that they have when the link carries', () => {
    const activations = new Activations('boot')
    activations.observe('eth-a', see('down', 4), PULLED)
    const name = activations.begin('eth-a')
    expect(activations.begin('eth-a')).toBe(name)
    expect(activations.observe('eth-a', see('down', 4), PULLED)).toMatchObject({
      phase: 'activating',
      activation: name,
    })
    expect(activations.observe('eth-a', up(5), PULLED).activation).toBe(name)
    expect(new Activations('boot').observe('eth-a', up(5), PULLED).activation).toBe(name)
  })

  it('do not begin on a link that came up before the answer', () => {
    const activations = new Activations('boot')
    const { activation } = activations.observe('eth-a', up(), PULLED)
    expect(activations.begin('eth-a')).toBe(activation)
    expect(activations.of('eth-a').isAwaited).toBe(false)
  })

  it('are awaited until the link carries: what comes after is its loss', () => {
    const activations = new Activations('boot')
    const name = activations.begin('eth-a')
    activations.observe('eth-a', see('activating'), PULLED)
    expect(activations.observe('eth-a', see('down'), PULLED)).toMatchObject({
      phase: 'down',
      ended: { activation: name, reason: 'carrierLost' },
    })
  })

  it('end with networkd if they are awaited (S14)', () => {
    const activations = new Activations('boot')
    const { activation } = activations.observe('eth-a', up(), PULLED)
    const awaited = activations.begin('eth-b')
    activations.stopAwaiting()
    expect(activations.of('eth-a').activation).toBe(activation)
    expect(activations.of('eth-b').ended).toEqual({
      activation: awaited,
      reason: 'serviceLost',
      native: null,
    })
  })

  it('are forgotten with their links', () => {
    const activations = new Activations('boot')
    for (const name of ['eth-a', 'eth-b', 'eth-c']) activations.observe(name, up(), PULLED)
    activations.forget('eth-a')
    activations.keepOnly(new Set(['eth-c']))
    expect(['eth-a', 'eth-b', 'eth-c'].map((name) => activations.isKnown(name))).toEqual([false, false, true])
  })
})
