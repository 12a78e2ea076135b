import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')

/** Modules that each break one rule, with that rule. */
const wrong: readonly (readonly [path: string, text: string, rule: string])[] = [
  ['core/src/sessions/a.ts', "import 'node:fs'", 'no-node-in-a-browser'],
  ['core/src/sessions/b.ts', "import '@roamkit/rx'", 'arrows-of-core'],
  ['core/src/contract/c.ts', "import type {} from '../sessions/e.js'", 'layers-of-core-contract-'],
  ['core/src/sessions/d.ts', "import '../engine/e.js'", 'layers-of-core-sessions-'],
  ['core/src/primitives/e.ts', "import 'commander'", 'no-foreign-package-in-a-browser'],
  ['core/src/links/f.ts', "import type {} from './g.js'", 'no-circle'],
  ['core/src/links/h.ts', "import './not-there.js'", 'no-unresolved'],
  ['backend-mock/src/a.ts', "await import('node:os')", 'no-node-in-a-browser'],
  ['backend-mock/src/b.ts', "import type {} from '@roamkit/core'", 'arrows-of-backend-mock'],
  ['backend-linux/src/a.ts', "import '@roamkit/backend-mock'", 'arrows-of-backend-linux'],
  ['backend-linux/src/b.ts', "import 'dbus-next'", 'only-one-place-imports-dbus-next'],
  ['backend-generic/src/a.ts', "import 'koffi'", 'only-one-place-imports-koffi'],
  ['backend-windows/src/wifi/a.ts', "import 'koffi'", 'only-one-place-imports-koffi'],
  ['conformance/src/laws/a.ts', "import 'node:test'", 'only-assert-in-conformance'],
  ['conformance/src/laws/b.ts', "import '@roamkit/core'", 'arrows-of-conformance'],
  ['bridge/src/a.ts', "import 'node:worker_threads'", 'no-node-in-a-browser'],
  ['bridge/src/b.ts', "import '@roamkit/rx'", 'arrows-of-bridge'],
  ['rx/src/a.ts', "import '@roamkit/backend-linux'", 'arrows-of-rx'],
  ['roamkit/src/a.ts', "import 'rxjs'", 'only-one-place-imports-rxjs'],
  ['something-new/src/a.ts', "import '@roamkit/core'", 'known-package'],
]

/** Modules that break none, and what the wrong ones import. */
const right = [
  ['core/src/index.ts', "export * from './sessions/e.js'"],
  ['core/src/contract/index.ts', ''],
  ['core/src/backend-kit/index.ts', ''],
  ['core/src/sessions/e.ts', "import type {} from '../contract/index.js'"],
  ['core/src/engine/e.ts', "import '../sessions/e.js'"],
  ['core/src/links/g.ts', "import type {} from './f.js'"],
  ['backend-mock/src/index.ts', "import '@roamkit/core/contract'\nimport '@roamkit/core/backend-kit'"],
  ['backend-linux/src/index.ts', "import 'node:fs'\nimport '@roamkit/core/contract'"],
  ['backend-linux/src/bus/message-writer.ts', "import 'dbus-next'"],
  ['backend-windows/src/ffi/declarations.ts', "import 'koffi'"],
  ['conformance/src/index.ts', "import 'node:assert/strict'\nimport '@roamkit/core/contract'"],
  ['bridge/src/index.ts', "import '@roamkit/core'"],
  ['rx/src/index.ts', "import 'rxjs'\nimport '@roamkit/core'"],
  ['roamkit/src/index.ts', "import '@roamkit/core'\nimport 'node:fs'\nimport 'commander'"],
] as const

describe('the arrows of the architecture', () => {
  const repository = mkdtempSync(join(tmpdir(), 'arrows-'))
  const broken: { readonly path: string; readonly rule: string }[] = []

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(repository, path)), { recursive: true })
    writeFileSync(join(repository, path), text)
  }

  beforeAll(() => {
    for (const file of ['.dependency-cruiser.mjs', 'tsconfig.base.json'])
      cpSync(join(root, file), join(repository, file))
    for (const [path, text] of [...wrong, ...right]) write(`packages/${path}`, `${text}\nexport {}\n`)
    for (const name of new Set([...wrong, ...right].map(([path]) => path.split('/')[0] ?? ''))) {
      const scoped = name === 'roamkit' ? name : `@roamkit/${name}`
      const exports = { '.': './src/index.ts', './*': './src/*/index.ts' }
      write(`packages/${name}/package.json`, JSON.stringify({ name: scoped, type: 'module', exports }))
      mkdirSync(dirname(join(repository, 'node_modules', scoped)), { recursive: true })
      symlinkSync(join(repository, 'packages', name), join(repository, 'node_modules', scoped))
    }
    for (const name of ['koffi', 'rxjs', 'dbus-next', 'commander']) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
      write(`node_modules/${name}/index.js`, '')
    }
    const args = [cruiser, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'packages']
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: 'utf8' })
    if (!stdout.startsWith('{')) throw new Error(stderr)
    for (const { from, rule } of JSON.parse(stdout).summary.violations)
      broken.push({ path: from.replace('packages/', ''), rule: rule.name })
  }, 120_000)
  afterAll(() => rmSync(repository, { recursive: true }))

  it.each(wrong)('%s must not say %s', (path, _text, rule) => {
    expect(broken).toContainEqual({ path, rule })
  })

  it.each(right.filter(([path]) => !path.endsWith('g.ts')))('%s may say %s', (path) => {
    expect(broken.filter((one) => one.path === path)).toEqual([])
  })
})
