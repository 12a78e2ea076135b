import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generic } from '../src/index.js'
import { address } from './interfaces.js'

test('the example in the README lists the interfaces', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const body = example.replace("import { generic } from '@roamkit/backend-generic'\n", '')
  const printed: string[] = []
  const log = (...words: unknown[]) => printed.push(words.join(' '))
  const read = () => ({ eth0: [address('192.0.2.2/24')] })
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  await new AsyncFunction('generic', 'console', body)((options: object) => generic({ ...options, read }), {
    log,
  })
  expect(printed).toEqual(['generic:eth0 ethernet uplink 192.0.2.2/24'])
})
