import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// Windows has neither the mode nor the first line; npm makes a .cmd there.
test.runIf(process.platform !== 'win32')('the built command line is a program of its own', async () => {
  const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
  const { stdout } = await promisify(execFile)(cli, ['--version'])
  expect(stdout).toMatch(/^\d/)
})
