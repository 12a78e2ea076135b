import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NetworkConfigurationManager } from '@roamkit/core'
import { expect, test } from 'vitest'
import { modems } from '../src/backend.js'
import { startDaemon } from './daemon.js'

const here = new URL('../', import.meta.url)
const document = readFileSync(new URL('../../docs/write-a-backend.md', here), 'utf8')
const blocks = [...document.matchAll(/^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$/gms)].map(([, path, text]) => ({
  path,
  text,
}))

test.each(blocks)('docs/write-a-backend.md shows $path as it is', ({ path, text }) => {
  expect(text).toBe(readFileSync(new URL(path, here), 'utf8'))
})

test('docs/write-a-backend.md shows every file, in less than 200 lines of code', () => {
  const files = ['package.json', 'src/backend.js', 'test/daemon.js', 'test/conformance.test.js']
  expect(blocks.map(({ path }) => path)).toEqual(files)
  const lines = blocks.filter(({ path }) => path.endsWith('.js')).flatMap(({ text }) => text.split('\n'))
  const code = lines.filter((line) => !/^\s*(\/\/|\/\*|\*|$)/.test(line)).length
  expect(code).toBeLessThan(200)
  expect(document).toContain(`${code} lines of code`)
})

test('docs/write-a-backend.md uses it, and prints what it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'modems-'))
  try {
    const example = /```js\n(import \{ NetworkConfigurationManager.*?)```/s.exec(document)?.[1] ?? ''
    const body = example
      .replace(/^import .*$/gm, '')
      .replaceAll("'modems'", () => JSON.stringify(join(folder, 'new')))
    const printed = []
    const log = (...words) => printed.push(words.join(' '))
    const AsyncFunction = (async () => {}).constructor
    const run = new AsyncFunction(
      ...['NetworkConfigurationManager', 'modems', 'startDaemon', 'mkdirSync', 'console'],
      body,
    )
    await run(NetworkConfigurationManager, modems, startDaemon, mkdirSync, { log })
    expect(printed).toHaveLength(2)
    expect(printed).toEqual([...example.matchAll(/\/\/ prints: (.*)/g)].map(([, line]) => line))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('without a daemon it says so, also where there is no such folder', async () => {
  const opening = NetworkConfigurationManager.open(modems(join(tmpdir(), 'modems-that-are-not-there')))
  await expect(opening).rejects.toMatchObject({ name: 'BackendError', code: 'ERR_SERVICE_LOST' })
})
