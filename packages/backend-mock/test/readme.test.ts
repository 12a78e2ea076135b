import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mock, VirtualClock } from '../src/index.js'

test('the example in the README prints what its comments say', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const body = example.replace("import { mock, VirtualClock } from '@roamkit/backend-mock'\n", '')
  const promised = [...example.matchAll(/\/\/ prints: (.*)/g)].map(([, line]) => line)
  const printed: string[] = []
  const log = (...words: unknown[]) => printed.push(words.join(' '))
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  await new AsyncFunction('mock', 'VirtualClock', 'console', body)(mock, VirtualClock, { log })
  expect(promised).toHaveLength(4)
  expect(printed).toEqual(promised)
})
