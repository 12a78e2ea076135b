// Builds the playground into a folder, for the documentation site and for the tests. The packages must be built.
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** @param {string} outDir where index.html goes; what is there is removed */
export async function buildPlayground(outDir) {
  const configFile = fileURLToPath(new URL('vite.config.js', import.meta.url))
  await build({ configFile, logLevel: 'warn', build: { outDir } })
}
