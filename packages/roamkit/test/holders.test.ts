import { expect, test } from 'vitest'
import { runCli } from './running-cli.js'

test('says that nobody holds a link, and that others cannot be told where they cannot', async () => {
  const { code, stdout, stderr } = await runCli(['holders', '--backend', 'mock'])
  expect(stdout).toMatch(/^Each process counts its own holders.*\nnobody holds a link\n$/)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('with --json it is one array', async () => {
  const { code, stdout } = await runCli(['holders', '--json', '--backend', 'mock'])
  expect({ code, all: JSON.parse(stdout) }).toEqual({ code: 0, all: [] })
})

test('an option that it does not know makes no sense', async () => {
  expect((await runCli(['holders', '--hold', '5'])).code).toBe(2)
})
