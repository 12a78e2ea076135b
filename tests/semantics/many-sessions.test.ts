import type { NetworkSession } from '@roamkit/core'
import { describe, expect, it } from 'vitest'
import { openLab } from './lab.js'

/** Counts every element that is iterated over or searched through while something runs: work, whatever the machine's speed. */
async function workOf(run: () => Promise<unknown>): Promise<number> {
  let work = 0
  const undo: (() => void)[] = []
  const replace = (prototype: object, name: string | symbol, wrap: (original: Method) => Method) => {
    const original = Reflect.get(prototype, name) as Method
    const set = (value: Method) =>
      Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
    set(wrap(original))
    undo.push(() => set(original))
  }
  const whole = (original: Method) =>
    function (this: never, ...values: never[]) {
      work += (this as readonly unknown[]).length
      return original.apply(this, values)
    }
  const eachStep = (original: Method) =>
    function (this: never, ...values: never[]) {
      const iterator = original.apply(this, values) as Iterator<unknown>
      return {
        next: () => {
          work += 1
          return iterator.next()
        },
        [Symbol.iterator]() {
          return this
        },
      }
    }
  for (const name of [
    'find',
    'filter',
    'map',
    'some',
    'every',
    'includes',
    'indexOf',
    'sort',
    'flatMap',
    'shift',
  ])
    replace(Array.prototype, name, whole)
  for (const prototype of [Array.prototype, Map.prototype, Set.prototype])
    for (const name of [Symbol.iterator, 'keys', 'values', 'entries']) replace(prototype, name, eachStep)
  try {
    await run()
  } finally {
    for (const each of undo) each()
  }
  return work
}

type Method = (this: never, ...values: never[]) => unknown

const FEW = 100
const MANY = 400

/** The work of the same thing done by few sessions and by many, each time for one session. */
async function workEach(
  configuration: string,
  prepare: 'open' | 'none',
  act: (session: NetworkSession) => Promise<unknown>,
): Promise<readonly [few: number, many: number]> {
  const each: number[] = []
  for (const count of [FEW, MANY]) {
    const { manager, clock } = await openLab()
    manager.defineServiceNetwork({ identifier: 'net', members: ['b', 'c'] })
    const sessions = Array.from({ length: count }, () => manager.createSession(configuration))
    for (const session of sessions) session.on('stateChanged', () => {})
    const settle = async (promises: readonly Promise<unknown>[]) => {
      const settled = Promise.allSettled(promises)
      await clock.advance(100)
      await settled
    }
    if (prepare === 'open') await settle(sessions.map((session) => session.open()))
    each.push((await workOf(() => settle(sessions.map(act)))) / count)
  }
  return each as [number, number]
}

describe.each(['b', 'net'])('H7 many sessions on one link (%s)', (configuration) => {
  const acts: readonly (readonly [string, 'open' | 'none', (session: NetworkSession) => Promise<unknown>])[] =
    [
      ['open() in one tick', 'none', (session) => session.open()],
      ['close() in one tick', 'open', (session) => session.close()],
      ['open() again in one tick', 'open', (session) => session.open()],
      [
        'open() in one tick, each given up by its own signal',
        'none',
        (session) => {
          const controller = new AbortController()
          queueMicrotask(() => controller.abort())
          return session.open({ signal: controller.signal })
        },
      ],
    ]
  it.each(acts)(
    '%s: four times as many are four times the work, and no more',
    async (_what, prepare, act) => {
      const [few, many] = await workEach(configuration, prepare, act)
      expect(few).toBeGreaterThan(0)
      expect(many / few, `${few} and ${many} a session`).toBeLessThan(1.3)
    },
  )
})
