import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { wrongArrows } from '../../scripts/check-arrows.mjs'

test.each([
  ['packages/core/src/session.ts', "import { readFile } from 'node:fs'"],
  ['packages/core/src/session.ts', "import { readFile } from 'fs/promises'"],
  ['packages/core/src/session.ts', "export * from '@roamkit/rx'"],
  ['packages/core/src/session.ts', "import { x } from '../../backend-mock/src/index.js'"],
  ['packages/core/src/session.ts', 'export const x = process.env'],
  ['packages/core/src/session.ts', 'export const x = globalThis.process'],
  ['packages/core/src/session.ts', 'export const x = Buffer.from("")'],
  ['packages/core/src/session.ts', '/// <reference types="node" />'],
  ['packages/core/src/contract/world.ts', "import type { Session } from '../session.js'"],
  ['packages/core/src/contract/world.ts', "import type { Session } from '@roamkit/core'"],
  ['packages/backend-mock/src/world.ts', "const os = await import('node:os')"],
  ['packages/backend-linux/src/translate/wifi.ts', "import { Session } from '@roamkit/core'"],
  ['packages/backend-linux/src/translate/wifi.ts', "import type { Message } from 'dbus-next'"],
  ['packages/backend-linux/src/translate/wifi.ts', "import { mock } from '@roamkit/backend-mock'"],
  ['packages/backend-generic/src/a.ts', "import type { Session } from 'roamkit'"],
  ['packages/backend-generic/src/a.ts', "import koffi from 'koffi'"],
  ['packages/conformance/src/laws/law.ts', "import { test } from 'node:test'"],
  ['packages/conformance/src/laws/law.ts', "import { manager } from '@roamkit/core'"],
  ['packages/rx/src/state.ts', "import { linux } from '@roamkit/backend-linux'"],
  ['packages/roamkit/src/cli.ts', "import { map } from 'rxjs/operators'"],
  ['packages/something-new/src/index.ts', ''],
])('%s must not say %s', (path, text) => {
  expect(wrongArrows([{ path, text }])).toEqual([expect.stringContaining(path)])
})

test.each([
  ['packages/core/src/session.ts', "import type { World } from './contract/index.js'"],
  ['packages/core/src/session.ts', "// import 'node:fs'\nexport const said = \"from 'node:fs'\""],
  ['packages/core/src/session.ts', 'export const state = { process: 1 }.process'],
  ['packages/backend-linux/src/bus/marshaller.ts', "import { sessionBus } from 'dbus-next'"],
  [
    'packages/backend-linux/src/translate/wifi.ts',
    "import type { World } from '@roamkit/core/contract'\nimport 'node:fs'",
  ],
  ['packages/conformance/src/laws/law.ts', "import assert from 'node:assert/strict'"],
  ['packages/rx/src/state.ts', "import { map } from 'rxjs'\nimport '@roamkit/core'"],
  ['packages/roamkit/src/cli.ts', "import { linux } from '@roamkit/backend-linux'\nimport '@roamkit/core'"],
])('%s may say %s', (path, text) => {
  expect(wrongArrows([{ path, text }])).toEqual([])
})

test('koffi stops at one file', () => {
  const text = "import koffi from 'koffi'"
  const [one, other] = ['declarations', 'com'].map((name) => ({
    path: `packages/backend-windows/src/ffi/${name}.ts`,
    text,
  }))
  if (one === undefined || other === undefined) throw new Error('unreachable')
  expect(wrongArrows([one])).toEqual([])
  expect(wrongArrows([one, other])).toHaveLength(2)
})

test('the check fails on a violation planted in a repository', () => {
  const repository = mkdtempSync(join(tmpdir(), 'arrows-'))
  try {
    const planted = join(repository, 'packages/core/src/deep/session.ts')
    mkdirSync(dirname(planted), { recursive: true })
    const check = fileURLToPath(new URL('../../scripts/check-arrows.mjs', import.meta.url))
    const run = () => spawnSync(process.execPath, [check, repository], { encoding: 'utf8' })
    writeFileSync(planted, 'export {}')
    expect(run().status).toBe(0)
    writeFileSync(planted, "import 'node:fs'")
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('node:fs is Node') })
  } finally {
    rmSync(repository, { recursive: true })
  }
})
