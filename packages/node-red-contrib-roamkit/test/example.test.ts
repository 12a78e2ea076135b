import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { runFlow, type Tested } from './lab.js'

/** Node-RED's own node, from where Node-RED has it. */
const change = createRequire(createRequire(import.meta.url).resolve('node-red'))(
  '@node-red/nodes/core/function/15-change.js',
)
const example: readonly Tested[] = JSON.parse(
  readFileSync(new URL('../examples/follow-the-network.json', import.meta.url), 'utf8'),
)
const nodeOf = (type: string) => example.find((node) => node.type === type) as Tested

it('the example accepts every offer and every trial', async () => {
  const lab = await runFlow(
    [
      {
        ...nodeOf('roamkit-session'),
        id: 'tested',
        manager: 'machine',
        wires: [['first'], ['answer', 'second']],
      },
      { ...nodeOf('change'), id: 'answer', wires: [['tested']] },
    ],
    { types: [change] },
  )
  await lab.advance(100)
  expect(lab.badge('tested')?.text).toBe('connected: Desk')
  lab.world.carrier('desk', false)
  await lab.advance(100)
  lab.world.carrier('desk', true)
  await lab.advance(60_000)
  expect(lab.take(1).map(({ topic, payload }) => `${topic}: ${payload.configuration.name}`)).toEqual([
    ...['offer: Café', 'trial: Café', 'offer: Desk', 'trial: Desk'],
  ])
  expect(lab.badge('tested')?.text).toBe('connected: Desk')
  expect(lab.complaints()).toEqual([])
})
