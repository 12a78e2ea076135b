import { readFileSync } from 'node:fs'
import { mock } from '@roamkit/backend-mock'
import { expect, test } from 'vitest'
import * as roamkit from '../src/index.js'
import { runCli } from './running-cli.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8')
const consoles = [...page.matchAll(/```console(?: exit=(\d))?\n\$ roamkit ([^\n]*)\n(.*?)```/gs)].map(
  ([, exitCode = '0', line = '', output = '']) => [line, output, Number(exitCode)] as const,
)

/** What no two runs have in common: the time of day, and how fast the machine is. */
function timeless(output: string): string {
  return output
    .replaceAll(/^\d\d:\d\d:\d\d\.\d{3}/gm, 'hh:mm:ss.mmm')
    .replaceAll(/played in \d+ ms/g, 'played in n ms')
}

test.each(consoles)(
  'docs/command-line.md shows what is printed by: roamkit %s',
  async (line, output, exitCode) => {
    const { code, stdout, stderr } = await runCli(line.split(' '))
    // In a terminal the two streams mix; the command of the example speaks between the session's lines.
    const [before, after = ''] = stderr.split(/(?<=is open\n)/)
    expect(timeless(output)).toBe(timeless(stderr === '' ? stdout : `${before}${stdout}${after}`))
    expect(code).toBe(exitCode)
  },
)

test('docs/command-line.md has an example of every command', () => {
  expect(consoles.map(([line]) => line.split(' ')[0])).toEqual([
    'list',
    'scan',
    'holders',
    'monitor',
    'open',
    'open',
    'roam',
    'doctor',
    'doctor',
    'demo',
  ])
})

test('the example in the README runs', async () => {
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? ''
  const body = example.replace("import { NetworkConfigurationManager, platform } from 'roamkit'\n", '')
  const driver = mock({
    configurations: [{ id: 'desk', device: 'eth0' }],
    activationTime: 0,
    deactivationTime: 0,
  })
  const printed: string[] = []
  const log = (...words: unknown[]) => printed.push(words.map(String).join(' '))
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const run = new AsyncFunction('NetworkConfigurationManager', 'platform', 'console', body)
  await run(roamkit.NetworkConfigurationManager, () => driver, { log })
  expect(printed).toEqual([
    'connecting',
    'online',
    'connected',
    expect.stringMatching(/^eth0 10\./),
    'closing',
    'offline',
    'disconnected',
  ])
  expect(driver.world.open).toBe(0)
})
