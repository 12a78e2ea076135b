import { readFileSync } from 'node:fs'
import { NetworkConfigurationManager } from '@roamkit/core'
import type { Driver } from '@roamkit/core/contract'
import { expect, it } from 'vitest'
import { kernelOver } from '../src/kernel/kernel.js'
import { networkManagerOver } from '../src/networkmanager/network-manager.js'
import { DEVICE } from '../src/networkmanager/objects/names.js'
import { AT, active, LAB_B } from './captured.js'
import { FakeBus } from './fake-bus.js'
import { FakeNetlink } from './kernel/fake-netlink.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)

/** Runs the example that uses a driver, with another driver in its place. */
async function runExample(name: string, driver: () => Driver) {
  const example = examples.find((code) => code.includes(`import { ${name} }`)) ?? ''
  const printed: string[] = []
  const log = (...words: unknown[]) => printed.push(words.join(' '))
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const body = example.replaceAll(/^import .*\n/gm, '')
  await new AsyncFunction(name, 'NetworkConfigurationManager', 'console', body)(
    driver,
    NetworkConfigurationManager,
    { log },
  )
  return { printed, promised: [...example.matchAll(/\/\/ prints: (.*)/g)].map(([, line]) => line) }
}

it('the example in the README prints what it says, over a FAKE NetworkManager', async () => {
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

  const { printed, promised } = await runExample('networkManager', () => networkManagerOver(bus.connect))
  expect(promised).toHaveLength(3)
  expect(printed).toEqual(promised)
  expect(bus.open).toBe(0)
})

it('the example of kernel() in the README prints what it says, over a FAKE kernel', async () => {
  const fake = new FakeNetlink()
  const { printed, promised } = await runExample('kernel', () => kernelOver(fake.machine))
  expect(promised).toHaveLength(5)
  expect(printed).toEqual(promised)
  expect(fake.opened - fake.closed).toBe(0)
})
