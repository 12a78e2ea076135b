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
  const { file, remove } = await sourceFile(pack, ...files)
  try {
    return await import(pathToFileURL(file).href)
  } finally {
    remove()
  }
}

/**
 * The same as a file, for other processes.
 *
 * @param {string} pack
 * @param {...string} files
 */
export async function sourceFile(pack, ...files) {
  const folder = mkdtempSync(`${root}packages/${pack}/dist/.bench-`)
  const remove = () => rmSync(folder, { recursive: true })
  const file = `${folder}/parts.mjs`
  try {
    await build({
      stdin: {
        contents: files.map((name) => `export * from './${name}.ts'`).join('\n'),
        resolveDir: `${root}packages/${pack}/src`,
      },
      ...{
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: 'node20',
        packages: 'external',
        outfile: file,
      },
    })
  } catch (error) {
    remove()
    throw error
  }
  return { file, remove }
}
