import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

/**
 * Minified bytes without RxJS and core. Raise it only on purpose: every function checks its arguments, which takes 3.4 kB. The latest raise,
 * by 5 kB, is for moving to a new link without a gap and to a new address (2 kB), timers on the manager's clock with their scheduler (1 kB),
 * and `session$` as a gate, jitter, settling times, `rate$` and `metered$` of a session (2 kB). A single stream has 0.5 kB more since it
 * takes a `session$` too.
 */
const LIMIT = { all: 21_000, state: 3200 }

async function bundled(contents: string): Promise<{ readonly bytes: number; readonly gzipped: number }> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('../src', import.meta.url)) },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    target: 'es2022',
    external: ['rxjs', '@roamkit/core'],
    write: false,
  })
  const text = outputFiles[0]?.text ?? ''
  return { bytes: Buffer.byteLength(text), gzipped: gzipSync(text).length }
}

it('the whole package and a single stream do not grow', async () => {
  const all = await bundled("export * from './index.ts'")
  const state = await bundled("export { state$ } from './index.ts'")
  console.log(
    `@roamkit/rx bundled: ${all.bytes} bytes (${all.gzipped} gzipped, limit ${LIMIT.all}); state$ alone ${state.bytes} (${state.gzipped} gzipped, limit ${LIMIT.state})`,
  )
  expect(all.bytes).toBeLessThanOrEqual(LIMIT.all)
  expect(state.bytes).toBeLessThanOrEqual(LIMIT.state)
  // A limit far above the size would limit nothing.
  expect(all.bytes).toBeGreaterThan(LIMIT.all * 0.9)
  expect(state.bytes).toBeGreaterThan(LIMIT.state * 0.9)
})
