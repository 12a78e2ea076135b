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

/** npm looks up a folder's programs on the way to the top, as npx does in a clone after npm start. */
test.each(['.', 'packages/core'])(
  'in a clone, npx roamkit is the command line, also in %s',
  async (folder) => {
    const cwd = fileURLToPath(new URL(`../../../${folder}/`, import.meta.url))
    // `--no`: it must be there, and not come from the registry.
    const { stdout } = await run('npx', ['--no', '--', 'roamkit', 'list', '--backend', 'mock'], {
      cwd,
      shell: process.platform === 'win32',
    })
    expect(stdout).toMatch(/^backend mock, online, default Desk\n/)
  },
)

test('what npm links when it installs is there before the build, and says what is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  copyFileSync(PROGRAM, join(folder, 'bin/roamkit.js'))
  const failed = run(process.execPath, [join(folder, 'bin/roamkit.js'), 'list'])
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: 'roamkit: not built: run npm run build\n' })
})
