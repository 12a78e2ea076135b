import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { from, map, take, toArray } from 'rxjs'
import { expect, it } from 'vitest'
import { configurations$, state$ } from '../src/index.js'
import { countListeners, listen, openLab } from './lab.js'

it('from(session) and from(manager) emit at once in RxJS 7, unsubscribe, and complete with the manager', async () => {
  const { manager, world, clock } = await openLab()
  const session = manager.createSession('a')
  const counters = [countListeners(session), countListeners(manager)]
  const states = listen(from(session).pipe(map(({ state }) => state)), (state) => state)
  const online = listen(from(manager), ({ isOnline }) => isOnline)
  expect([states.words, online.words]).toEqual([['connected'], [true]])
  expect(listen(from(session).pipe(take(1)), ({ state }) => state).words).toEqual(['connected', 'complete'])
  world.down('a')
  await clock.flush()
  await manager.close()
  expect(states.words).toEqual(['connected', 'disconnected', 'invalid', 'complete'])
  expect(online.words.slice(0, 2)).toEqual([true, false])
  expect(online.words.at(-1)).toBe('complete')
  expect(counters.map(({ live }) => live)).toEqual([0, 0])
})

/** The output of a program next to this test. */
async function printed(name: string): Promise<string> {
  const script = fileURLToPath(new URL(name, import.meta.url))
  return (await promisify(execFile)(process.execPath, [script])).stdout
}

it('from(session) emits at once even if Symbol.observable exists', async () => {
  expect(await printed('symbol-observable-client.mjs')).toBe('connected subscribed invalid complete\n')
})

it('RxJS 9 treats a manager as an async iterable', async () => {
  expect(JSON.parse(await printed('rxjs-9-client.mjs'))).toEqual([
    [true, false, true],
    [true, false],
  ])
})

it('an async iterable of a state stream is the source itself', async () => {
  const { manager, world, clock } = await openLab()
  const session = manager.createSession('a')
  const streamed = listen(state$(session).pipe(toArray()), (states) => states.join())
  const iterated: string[] = []
  const loop = (async () => {
    for await (const { state } of session) iterated.push(state)
  })()
  await clock.flush()
  world.down('a')
  await clock.flush()
  await manager.close()
  await loop
  expect(iterated).toEqual(['connected', 'disconnected'])
  expect(streamed.words).toEqual(['connected,disconnected,invalid', 'complete'])
  expect(listen(configurations$(manager), ({ length }) => length).words).toEqual([3, 'complete'])
})

it('importing it has no side effects: a bundler drops it for a browser when nothing of it is used', async () => {
  const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url))
  const { outputFiles } = await build({
    stdin: { contents: `import ${JSON.stringify(entry)}`, resolveDir: process.cwd() },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    write: false,
    logLevel: 'silent',
  })
  expect(outputFiles[0]?.text.trim()).toBe('')
})
