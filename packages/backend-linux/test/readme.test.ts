import { readFileSync } from 'node:fs'
import { NetworkConfigurationManager } from '@roamkit/core'
import { expect, it } from 'vitest'
import { networkManagerOver } from '../src/network-manager.js'
import { DEVICE } from '../src/networkmanager/names.js'
import { AT, active, LAB_B } from './captured.js'
import { FakeBus } from './fake-bus.js'

it('the example in the README prints what it says, over a FAKE NetworkManager', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const body = example.replaceAll(/^import .*\n/gm, '')
  const promised = [...example.matchAll(/\/\/ prints: (.*)/g)].map(([, line]) => line)
  const printed: string[] = []
  const log = (...words: unknown[]) => printed.push(words.join(' '))

  const bus = new FakeBus()
  bus.answers.ActivateConnection = () => {
    bus.add(active(7, 2, LAB_B, { State: 1 }))
    bus.change(`${AT}/Devices/2`, DEVICE, { ActiveConnection: `${AT}/ActiveConnection/7` })
    setImmediate(() => bus.activeState(7, 2))
    return [`${AT}/ActiveConnection/7`]
  }
  bus.answers.DeactivateConnection = () => {
    setImmediate(() => bus.activeState(7, 4, 2))
    return []
  }

  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  await new AsyncFunction('networkManager', 'NetworkConfigurationManager', 'console', body)(
    () => networkManagerOver(bus.connect),
    NetworkConfigurationManager,
    { log },
  )
  expect(promised).toHaveLength(3)
  expect(printed).toEqual(promised)
  expect(bus.open).toBe(0)
})
