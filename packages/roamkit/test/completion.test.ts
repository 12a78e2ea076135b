import { type MockConfiguration, mock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { expect, onTestFinished, test } from 'vitest'
import { programShape } from '../src/cli/command-line.js'
import { bashLine } from '../src/cli/completion/bash-line.js'
import { expectedAt } from '../src/cli/completion/candidates.js'
import { configurationCandidates } from '../src/cli/completion/configuration-candidates.js'
import { runCli } from './running-cli.js'

const program = programShape()

/** What the last word of a line can be. */
function expected(line: string) {
  const words = line.split(' ')
  return expectedAt(program, words.slice(0, -1), words.at(-1) ?? '')
}

/** The values of which one can be chosen at the end of a line. */
function valuesAt(line: string): readonly string[] {
  const found = expected(line)
  return found.kind === 'values' ? found.candidates.map(({ value }) => value) : []
}

test.each([
  ['', ['list', 'monitor', 'completion', 'help']],
  ['--backend mock ', ['list']],
  ['help ', ['list', 'completion']],
  ['--', ['--backend', '--bus', '--version', '--help']],
  ['monitor -', ['--json', '--lines', '--for', '--backend', '--bus', '--help']],
  ['list --backend ', ['networkmanager', 'mock']],
  ['--backend ', ['networkmanager', 'mock']],
  ['list --backend=', ['--backend=networkmanager', '--backend=mock']],
  ['completion ', ['bash', 'zsh', 'fish']],
])('completes: roamkit %s', (line, some) => {
  expect(valuesAt(line)).toEqual(expect.arrayContaining(some))
})

test.each([
  ['list '],
  ['nonsense '],
  ['monitor --for '],
  ['monitor --for='],
  ['list --bus '],
  ['open home '],
  ['completion bash '],
  ['list --nonsense='],
  ['list -- '],
  ['monitor -- -'],
])('has nothing for: roamkit %s', (line) => {
  expect(expected(line)).toEqual({ kind: 'values', candidates: [] })
})

test('offers neither an option that is given, nor one of another command, nor what only shells ask', () => {
  expect(valuesAt('list --json -')).not.toContain('--json')
  expect(valuesAt('list -')).not.toContain('--grace')
  expect(valuesAt('replay x -')).not.toContain('--backend')
  expect(valuesAt('')).not.toContain('complete')
})

test.each([
  ['record ', { kind: 'files' }],
  ['replay --json ', { kind: 'files' }],
  ['open home -- ', { kind: 'commands' }],
  ['open home -- ls ', { kind: 'files' }],
  ['open home -- ls --', { kind: 'files' }],
])('leaves it to the shell: roamkit %s', (line, kind) => {
  expect(expected(line)).toEqual(kind)
})

const configuration = { kind: 'configuration', prefix: '', command: 'open', backend: null, bus: null }

test.each([
  ['open ', configuration],
  ['open --backend mock --hold 5 ', { ...configuration, backend: 'mock' }],
  ['--backend=mock open ', { ...configuration, backend: 'mock' }],
  ['open --bus unix:path=/b ', { ...configuration, bus: 'unix:path=/b' }],
  ['open --backend nonsense ', configuration],
  ['doctor ', { ...configuration, command: 'doctor' }],
  ['record x --open ', { ...configuration, command: 'record' }],
  ['record x --open=Ca', { ...configuration, command: 'record', prefix: '--open=' }],
])('completes a configuration: roamkit %s', (line, found) => {
  expect(expected(line)).toEqual(found)
})

/** The values for a word, among those configurations. */
async function candidatesOf(configurations: readonly MockConfiguration[], current = '') {
  const manager = await NetworkConfigurationManager.open(mock({ configurations }))
  onTestFinished(() => manager.close())
  return configurationCandidates(manager.allConfigurations(), current)
}

test('a configuration is completed by its name, or by its identifier where the name is not enough', async () => {
  const found = await candidatesOf([
    { id: 'id-a', name: 'Café', bearer: 'wlan' },
    { id: 'id-b', name: 'Guest' },
    { id: 'id-c', name: 'Guest' },
    { id: 'id-d', name: 'a\u001b\t\nb' },
    { id: 'id-e', name: '--bus=x' },
    { id: 'id-f', name: '' },
    { id: 'id-g', name: 'id-a' },
    { id: '-id', name: '-name' },
  ])
  expect(found).toEqual([
    { value: 'Café', says: 'WLAN, discovered' },
    { value: 'id-b', says: 'Guest' },
    { value: 'id-c', says: 'Guest' },
    { value: 'id-d', says: 'a\\u{1b}\\u{9}\\u{a}b' },
    { value: 'id-e', says: '--bus=x' },
    { value: 'id-f', says: '' },
    { value: 'id-g', says: 'id-a' },
  ])
})

test('an identifier is completed once it is begun', async () => {
  const network = { id: 'id-a', name: 'Café' }
  const values = async (current: string) => (await candidatesOf([network], current)).map(({ value }) => value)
  expect(await values('')).toEqual(['Café'])
  expect(await values('id')).toEqual(['Café', 'id-a'])
})

test.each([
  // The line, what readline replaces, the value, and what is put there.
  ['roamkit open Fa', 'Fa', 'Far away', 'Far\\ away'],
  ['roamkit open Far\\ aw', 'Far\\ aw', 'Far away', 'Far\\ away'],
  ["roamkit open 'Far aw", 'Far aw', 'Far away', 'Far away'],
  ['roamkit open a', 'a', 'a$(x)`y`\'z"', 'a\\$\\(x\\)\\`y\\`\\\'z\\"'],
  ['roamkit list --backend=mo', 'mo', '--backend=mock', 'mock'],
  ['roamkit open a:b', 'b', 'a:b c', 'b\\ c'],
  ["roamkit open 'a", 'a', "a'b", "a'\\''b"],
  ["roamkit open 'a", 'a', "a'", "a'\\'"],
  ['roamkit open "a', 'a', 'a$"b\\`', 'a\\$\\"b\\\\\\`'],
  ['roamkit open "a', 'a', 'a!b', 'a"\\!"b'],
  ['roamkit open "a', 'a', 'a!', 'a"\\!""'],
  ['roamkit open "a', 'a', 'a"', 'a"\\"'],
])('in bash, %s (%s) becomes %s by %s', (line, replaced, value, inserted) => {
  expect(bashLine(line, replaced)?.insertion(value)).toBe(inserted)
})

test.each([
  ['roamkit open ', ['roamkit', 'open'], ''],
  ['roamkit  open\tFar\\ away\\', ['roamkit', 'open'], 'Far away'],
  ['roamkit open "a \\"b" \'c d\'e $(touch x)', ['roamkit', 'open', 'a "b', 'c de', '$(touch'], 'x)'],
  ['roamkit "" x', ['roamkit', ''], 'x'],
  ['', [], ''],
])('in bash, %s has these words', (line, words, current) => {
  expect(bashLine(line, '')).toMatchObject({ words, current })
})

test('what readline replaces has to be the end of the line', () => {
  expect(bashLine('roamkit open a', 'b')).toBeNull()
})

test.each([
  ['bash', ['roamkit open --backend mock Far', 'Far'], 'values\nFar\\ away\n'],
  ['bash', ['roamkit open x', 'y'], ''],
  ['zsh', ['open', '--backend', 'mock', 'mock-des'], expect.stringContaining('\nmock-desk\tDesk\n')],
  ['fish', ['list', '--json', '--j'], expect.stringMatching(/^values\n--/)],
  ['fish', ['record', ''], 'files\n'],
])('%s is answered: %s', async (shell, words, stdout) => {
  expect(await runCli(['complete', shell, '--', ...words])).toEqual({ code: 0, stderr: '', stdout })
})

test.each(['bash', 'zsh', 'fish'])('the script for %s is printed', async (shell) => {
  const { code, stdout } = await runCli(['completion', shell])
  expect(code).toBe(0)
  expect(stdout).toContain(`roamkit complete ${shell} -- `)
})

test('another shell is refused', async () => {
  const { code, stderr } = await runCli(['completion', 'tcsh'])
  expect(stderr).toBe(
    "roamkit: unknown shell 'tcsh': choose bash, zsh or fish\nroamkit: see roamkit completion --help\n",
  )
  expect(code).toBe(2)
})
