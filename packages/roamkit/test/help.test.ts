import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseCommandLine } from '../src/cli/command-line.js'
import { DESCRIPTIONS, EXAMPLES } from '../src/cli/help.js'
import { type Finished, RunningCli } from './running-cli.js'

const helpOf = (command: string) => {
  const request = parseCommandLine(command === 'program' ? ['--help'] : ['help', command])
  return request.command === 'help' ? request.text : ''
}

test.each(EXAMPLES)('the help of %s shows: %s', (command, line, says) => {
  const escaped = `${line}  `.replaceAll(/[()|<]/g, '\\$&')
  expect(helpOf(command)).toMatch(new RegExp(`^ {2}${escaped} *${says}$`, 'm'))
})

test('the help of every command has an example or two', () => {
  const commands = Object.keys(DESCRIPTIONS.commands).filter((name) => name !== 'complete')
  const counts = commands.map((name) => helpOf(name).match(/^ {2}(source <\()?roamkit .* {2}/gm)?.length ?? 0)
  expect(counts.filter((count) => count < 1 || count > 3)).toEqual([])
})

test('the help of a command that has its own backend offers no other', () => {
  for (const command of ['replay', 'demo', 'completion']) expect(helpOf(command)).not.toContain('--backend')
})

test('what only the shells ask is in no help', () => {
  expect(helpOf('program')).not.toMatch(/^ {2}complete /m)
})

/** What has no end of its own: what it prints first, and its exit code after Ctrl-C. */
const ENDLESS: Readonly<Record<string, readonly [prints: RegExp, exitCode: number]>> = {
  'roamkit open Café --hold 60000': [/is open/, 130],
  'roamkit monitor': [/Desk/, 0],
  'roamkit monitor --json --for 60000': [/Desk/, 0],
  'roamkit roam --accept --probe example.org:443': [/opened/, 130],
  'roamkit roam --for 60000': [/opened/, 130],
  'roamkit record bug.trace --open Café': [/is open/, 0],
}
const OWN_BACKEND = ['replay', 'demo', 'completion']

/** Runs an example on the scripted network, in a folder of its own with a `curl` that sends nothing. */
async function runExample(line: string, folder: string): Promise<Finished> {
  const [own = '', after] = line.split(' -- ')
  const [, command = '', ...operands] = own.split(' ')
  const mock = OWN_BACKEND.includes(command) || operands.includes('--backend') ? [] : ['--backend', 'mock']
  const rest = after === undefined ? [] : ['--', ...after.split(' ')]
  const environment = { PATH: `${folder}:${process.env.PATH}` }
  const cli = new RunningCli([command, ...operands, ...mock, ...rest], environment, folder)
  const [prints] = ENDLESS[line] ?? []
  if (prints !== undefined) {
    await cli.prints(prints)
    cli.child.kill('SIGINT')
  }
  return await cli.finished
}

const runnable = EXAMPLES.filter(([command]) => command !== 'completion')

test.runIf(process.platform !== 'win32').each(runnable)(
  'the example of %s works: %s',
  async (command, line) => {
    const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'curl'), '#!/bin/sh\necho "$@"\n')
    chmodSync(join(folder, 'curl'), 0o755)
    if (command === 'replay') {
      const [, record = ''] = EXAMPLES.find(([name]) => name === 'record') ?? []
      await runExample(record, folder)
    }
    const { code, stdout, stderr } = await runExample(line, folder)
    expect({ code, stderr }).toEqual({
      code: ENDLESS[line]?.[1] ?? 0,
      stderr: expect.not.stringContaining('cannot'),
    })
    if (line.includes('curl')) expect(stdout).toBe('https://example.org\n')
  },
)
