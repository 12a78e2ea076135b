import { expect, it, onTestFinished } from 'vitest'
import { asyncDispose, type Backend } from '../src/contract/index.js'
import { Engine } from '../src/engine/engine.js'
import { timesOf } from '../src/primitives/time/times.js'

it('S19: what a step has settled is heard before the next step begins', async () => {
  const backend: Partial<Backend> = {
    snapshot: () => ({
      service: 'ready',
      updates: 'events',
      scope: null,
      scan: 'no',
      recheck: 'no',
      statistics: false,
      defaultId: null,
      power: 'awake',
      configurations: [],
    }),
    async [asyncDispose]() {},
  }
  const options = { holders: null, chooser: null, log: () => {} }
  const engine = new Engine(backend as Required<Backend>, timesOf({}), options)
  onTestFinished(() => engine.close())
  const told: string[] = []
  const step = (name: string) => () => {
    told.push(name)
    return []
  }
  const heard = engine.run(step('first')).then(() => told.push('heard'))
  const second = engine.run(step('second'))
  await Promise.all([heard, second])
  expect(told).toEqual(['first', 'heard', 'second'])
})
