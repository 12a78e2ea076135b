import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../bin/roamkit.js', import.meta.url))
const run = promisify(execFile)

// Windows has neither the mode nor the first line; npm makes a .cmd there.
test.runIf(process.platform !== 'win32')('the command line is a program of its own', async () => {
  const { stdout } = await run(PROGRAM, ['--version'])
  expect(stdout).toMatch(/^\d/)
})

test('what npm links when it installs is there before the build, and says what is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  copyFileSync(PROGRAM, join(folder, 'bin/roamkit.js'))
  const failed = run(process.execPath, [join(folder, 'bin/roamkit.js'), 'list'])
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: 'roamkit: not built: run npm run build\n' })
})
