import { existsSync, readFileSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeBinary, OTHER_VERSIONS } from '../../scripts/node-versions.mjs'
import { entryPoints, publishedPackages } from '../../scripts/packages.mjs'
import { root, runCommand } from '../../scripts/run-command.mjs'
import { type Installation, install } from './installation.js'

const packages = publishedPackages()
const specifiers = packages.flatMap((one) => entryPoints(one).map(({ specifier }) => specifier))
const versions = [process.versions.node, ...OTHER_VERSIONS]

/** Runs Node-RED on the installation. */
const NODE_RED = fileURLToPath(new URL('./node-red.mjs', import.meta.url))

let installation: Installation
beforeAll(async () => {
  installation = await install()
}, 120_000)
afterAll(() => installation?.[Symbol.asyncDispose]())

describe.each(packages)('the archive of $name', ({ name, manifest, folder }) => {
  it('has what is needed to use and to judge it, and nothing else', () => {
    const files = installation.contents.get(name) ?? []
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    const foreign = files.filter(
      (path) =>
        !/^(dist\/.+|template\/.+|bin\/[\w-]+\.js|(nodes|resources|examples)\/[\w-]+\.(cjs|html|js|json)|(LICENSE|README\.md|CHANGELOG\.md|package\.json))$/.test(
          path,
        ),
    )
    expect(foreign).toEqual([])
    expect(files.filter((path) => /\.tsbuildinfo$|^dist\/.*\.test\./.test(path))).toEqual([])
  })

  it('has one file of code for each entry point, and beside them only what these share', () => {
    const files = installation.contents.get(name) ?? []
    const entries = Object.values(manifest.exports).flatMap((to) =>
      typeof to === 'string' ? [] : [to.default.slice(2)],
    )
    const programs = manifest.bin === undefined ? [] : ['dist/cli.js']
    expect(files.filter((path) => /^dist\/(?!shared\/).*\.js$/.test(path)).sort()).toEqual(
      [...entries, ...programs].sort(),
    )
    const code = files
      .filter((path) => /^dist\/.*\.js$/.test(path))
      .map((path) => readFileSync(join(folder, path), 'utf8'))
    const shared = files.filter((path) => /^dist\/shared\/.*\.js$/.test(path))
    expect(shared.filter((path) => !code.some((text) => text.includes(basename(path))))).toEqual([])
  })

  it('has no declarations of what is no source any more', () => {
    const built = (installation.contents.get(name) ?? []).filter((path) => path.endsWith('.d.ts'))
    const source = (path: string) => path.replace('dist/', 'src/').replace(/\.d\.ts$/, '.ts')
    expect(built.filter((path) => !existsSync(join(folder, source(path))))).toEqual([])
  })

  it('comes with the licence of every package that is bundled into it, and of none else', () => {
    const files = installation.contents.get(name) ?? []
    const maps = files.filter((path) => path.endsWith('.js.map'))
    const sources = maps.flatMap(
      (path): string[] => JSON.parse(readFileSync(join(folder, path), 'utf8')).sources,
    )
    const foreign = sources.flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
    const file = join(folder, 'dist/THIRD-PARTY-LICENSES.txt')
    const licences = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const named = [...licences.matchAll(/^((?:@[\w-]+\/)?[\w-]+) \d+\.\d+\.\d+$/gm)].map(([, one]) => one)
    expect(named.sort()).toEqual([...new Set(foreign)].sort())
    expect(files.includes('dist/THIRD-PARTY-LICENSES.txt')).toBe(foreign.length > 0)
  })

  it('has maps of its code that carry the source, which is not in it', () => {
    const maps = (installation.contents.get(name) ?? []).filter((path) => path.endsWith('.js.map'))
    const lacks = (path: string) => {
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(folder, path), 'utf8'))
      return sources.some((_: string, at: number) => typeof sourcesContent[at] !== 'string')
    }
    expect(maps.filter(lacks)).toEqual([])
    expect(maps).not.toEqual([])
  })

  it('has no map that leads to a file which is not in it', () => {
    const files = installation.contents.get(name) ?? []
    expect(files.filter((path) => path.endsWith('.d.ts.map'))).toEqual([])
    const types = files.filter((path) => path.endsWith('.d.ts'))
    const mapped = types.filter((path) =>
      readFileSync(join(folder, path), 'utf8').includes('sourceMappingURL'),
    )
    expect(mapped).toEqual([])
  })

  it('says the same licence as the repository, and which Node it needs', () => {
    expect(manifest).toMatchObject({ license: 'MIT', engines: { node: '>=20.19' } })
    expect(existsSync(join(folder, 'LICENSE'))).toBe(true)
  })
})

it('an application that uses every package compiles, the types of the packages included', {
  timeout: 60_000,
}, async () => {
  const names = specifiers.map(
    (specifier, index) => `import * as p${index} from '${specifier}'\nvoid p${index}\n`,
  )
  installation.write('application.ts', names.join(''))
  const flags = [
    '--noEmit',
    '--strict',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--lib',
    'es2023,esnext.disposable',
  ]
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const { output } = await runCommand(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...flags, ...types, 'application.ts'],
    { cwd: installation.folder },
  )
  expect(output).toBe('')
})

/** Whose functions take and return what Node's have. */
const isOfNode = (specifier: string) => specifier.startsWith('@roamkit/sockets')

it.each([
  ['of sockets need lib es2022, dom and those of Node', specifiers.filter(isOfNode), ['node']],
  ['of all others need nothing but lib es2022 and dom', specifiers.filter((one) => !isOfNode(one)), []],
])('the types %s, and stand to be checked', { timeout: 60_000 }, async (_, these, types) => {
  const file = `types-${types.length}`
  installation.write(
    `${file}.ts`,
    these.map((one, index) => `export * as p${index} from '${one}'\n`).join(''),
  )
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2022', 'dom'],
    types,
    skipLibCheck: false,
  }
  installation.write(`${file}.json`, JSON.stringify({ compilerOptions, files: [`${file}.ts`] }))
  const { output } = await runCommand(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '--project', `${file}.json`],
    { cwd: installation.folder },
  )
  expect(output).toBe('')
})

it('an application compiles without the optional package for Windows, the types of the packages included', {
  timeout: 60_000,
}, async () => {
  const [installed, aside] = ['node_modules/@roamkit/backend-windows', 'backend-windows'].map((path) =>
    join(installation.folder, path),
  ) as [string, string]
  installation.write(
    'without-windows.ts',
    "import { NetworkConfigurationManager, platform } from 'roamkit'\nvoid NetworkConfigurationManager.open(platform({ callTimeout: 1000 }))\n",
  )
  const compilerOptions = {
    noEmit: true,
    strict: true,
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2022', 'dom'],
    types: [],
    skipLibCheck: false,
  }
  installation.write(
    'without-windows.json',
    JSON.stringify({ compilerOptions, files: ['without-windows.ts'] }),
  )
  renameSync(installed, aside)
  try {
    const { output } = await runCommand(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '--project', 'without-windows.json'],
      { cwd: installation.folder },
    )
    expect(output).toBe('')
  } finally {
    renameSync(aside, installed)
  }
})

it('no package needs koffi before it is used', async () => {
  const [installed, aside] = ['node_modules/koffi', 'koffi'].map((path) =>
    join(installation.folder, path),
  ) as [string, string]
  installation.write('without-koffi.mjs', specifiers.map((one) => `await import('${one}')\n`).join(''))
  renameSync(installed, aside)
  try {
    expect(await installation.run(process.execPath, 'without-koffi.mjs')).toMatchObject({
      code: 0,
      stderr: '',
    })
  } finally {
    renameSync(aside, installed)
  }
})

it('no typing of a package shows what is internal', () => {
  const leaks = packages.flatMap(({ name, folder }) =>
    (installation.contents.get(name) ?? [])
      .filter((path) => path.endsWith('.d.ts'))
      .filter((path) => readFileSync(join(folder, path), 'utf8').includes('@internal')),
  )
  expect(leaks).toEqual([])
})

describe.each(versions)('on Node %s', (version) => {
  let node = ''
  beforeAll(async () => {
    node = await nodeBinary(version)
  }, 120_000)

  it('every package gives the same by import and by require', async () => {
    const print = 'console.log(JSON.stringify(Object.fromEntries(found)))'
    const list = JSON.stringify(specifiers)
    const names = '(name, all) => [name, Object.keys(all).filter((key) => key !== "__esModule").sort()]'
    installation.write(
      'use.mjs',
      `const found = await Promise.all(${list}.map(async (name) => (${names})(name, await import(name))))\n${print}`,
    )
    installation.write(
      'use.cjs',
      `const found = ${list}.map((name) => (${names})(name, require(name)))\n${print}`,
    )
    const [imported, required] = await Promise.all(
      ['use.mjs', 'use.cjs'].map((file) => installation.run(node, file)),
    )
    expect(imported).toMatchObject({ code: 0, stderr: '' })
    expect(required?.code, required?.stderr).toBe(0)
    expect(JSON.parse(required?.stdout ?? '')).toEqual(JSON.parse(imported?.stdout ?? ''))
    const empty = Object.entries(JSON.parse(imported?.stdout ?? '')).filter(
      ([, exported]) => (exported as []).length === 0,
    )
    expect(empty).toEqual([])
  })

  it.each([
    [
      'import',
      'session.mjs',
      "import { NetworkConfigurationManager } from 'roamkit'\nimport { mock, VirtualClock } from '@roamkit/backend-mock'",
    ],
    [
      'require',
      'session.cjs',
      "const { NetworkConfigurationManager } = require('roamkit')\nconst { mock, VirtualClock } = require('@roamkit/backend-mock')",
    ],
  ])('a session by %s lives', async (_, file, head) => {
    installation.write(
      file,
      `${head}
async function main() {
  const clock = new VirtualClock()
  const manager = await NetworkConfigurationManager.open(mock({ configurations: [{ id: 'desk' }] }), { clock })
  const session = manager.createSession('desk')
  for (const name of ['opened', 'closed', 'stateChanged']) session.on(name, (state = '') => console.log(name, state))
  const opened = session.open()
  await clock.advance(100)
  await opened
  const closed = manager.close()
  await clock.advance(100)
  await closed
}
main()
`,
    )
    const { code, stdout, stderr } = await installation.run(node, file)
    expect({ code, stderr: stderr.replaceAll(/^\(.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n').map((line) => line.trim())).toEqual([
      'stateChanged connecting',
      'stateChanged connected',
      'opened',
      'closed',
      'stateChanged closing',
      'stateChanged disconnected',
      '',
    ])
  })

  it('Node-RED lists its nodes, and runs the example', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await installation.run(node, NODE_RED)
    expect(code, stderr).toBe(0)
    const { nodes, shown } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    expect(nodes).toEqual(
      ['manager', 'status', 'session'].map((name) => ({
        types: [`roamkit-${name}`],
        enabled: true,
        err: null,
      })),
    )
    expect(Object.values(shown)).toEqual(expect.arrayContaining(['online: Desk', 'connected: Desk']))
  })

  it('the command line runs', async () => {
    const say = async (...words: string[]) => {
      const { code, stdout, stderr } = await installation.roamkit(node, ...words)
      expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' })
      return stdout
    }
    const own = packages.find(({ name }) => name === 'roamkit')?.manifest.version
    const [help, ownVersion, list, here, demo] = await Promise.all([
      say('--help'),
      say('--version'),
      say('list', '--backend', 'mock'),
      say('list', '--json'),
      say('demo'),
    ])
    expect(help).toContain('Usage: roamkit <command>')
    expect(ownVersion).toContain(own)
    expect(list).toMatch(/^Desk +active +Ethernet/m)
    expect(JSON.parse(here)).toBeInstanceOf(Array)
    expect(demo).toContain('trial.accept()')
  })
})
