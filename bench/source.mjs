// Parts of a package that it does not publish: bundled from their sources, since what is published is one file for each entry.
import { mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The exports of some source files of one package.
 *
 * @param {string} pack `backend-linux`
 * @param {...string} files in its `src`, without `.ts`
 * @returns {Promise<Record<string, any>>}
 */
export async function sources(pack, ...files) {
  const folder = mkdtempSync(`${root}packages/${pack}/dist/.bench-`)
  try {
    const outfile = `${folder}/parts.mjs`
    await build({
      stdin: {
        contents: files.map((file) => `export * from './${file}.ts'`).join('\n'),
        resolveDir: `${root}packages/${pack}/src`,
      },
      ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', outfile },
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
