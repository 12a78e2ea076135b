// How large core is for a browser: bundled, minified, gzipped. `node bench/bundle.mjs`
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('../packages/core/dist/index.js', import.meta.url))],
  bundle: true,
  format: 'esm',
  minify: true,
  platform: 'browser',
  target: 'es2022',
  write: false,
})
const contents = outputFiles[0]?.contents ?? new Uint8Array()
console.log(`@roamkit/core bundled: ${contents.length} bytes, ${gzipSync(contents).length} gzipped`)
