import { expect, test } from 'vitest'
import { parseCommandLine } from '../src/command-line.js'

const platform = { backend: 'platform', bus: null }
const openHome = { command: 'open', target: 'home', format: 'text', hold: null, grace: null, run: null }
const roam = { command: 'roam', format: 'text', answer: 'forced', probe: null, duration: null }

test.each([
  ['list', { command: 'list', format: 'text', ...platform }],
  ['list --json', { command: 'list', format: 'json', ...platform }],
  ['--backend mock list', { command: 'list', format: 'text', backend: 'mock', bus: null }],
  [
    'list --bus unix:path=/b',
    { command: 'list', format: 'text', backend: 'networkmanager', bus: 'unix:path=/b' },
  ],
  ['monitor --for 20', { command: 'monitor', format: 'text', duration: 20, ...platform }],
  ['open home', { ...openHome, ...platform }],
  ['open home --hold 5 --grace 0', { ...openHome, hold: 5, grace: 0, ...platform }],
  ['open home -- ls -l --json', { ...openHome, run: ['ls', '-l', '--json'], ...platform }],
  ['open home -- a -- b', { ...openHome, run: ['a', '--', 'b'], ...platform }],
  ['roam', { ...roam, ...platform }],
  ['roam --accept --json --for 5', { ...roam, answer: 'accept', format: 'json', duration: 5, ...platform }],
  ['roam --never', { ...roam, answer: 'never', ...platform }],
  ['roam --ask --probe a:1', { ...roam, answer: 'ask', probe: { host: 'a', port: 1 }, ...platform }],
  ['doctor', { command: 'doctor', target: null, format: 'text', ...platform }],
  ['doctor home --json', { command: 'doctor', target: 'home', format: 'json', ...platform }],
  ['doctor --self-test --json', { command: 'selfTest', format: 'json', ...platform }],
  ['demo', { command: 'demo' }],
  ['list --help', { command: 'help' }],
  ['-h', { command: 'help' }],
  ['--version', { command: 'version' }],
])('understands: roamkit %s', (line, request) => {
  expect(parseCommandLine(line.split(' '))).toEqual(request)
})

test.each([
  ['', 'no command'],
  ['lst', "there is no command 'lst'; did you mean list?"],
  ['frobnicate', "there is no command 'frobnicate'"],
  ['constructor', "there is no command 'constructor'"],
  ['list --frob', "Unknown option '--frob'"],
  ['list -x', "Unknown option '-x'"],
  ['list --hold 5', 'list takes no --hold'],
  ['demo --backend mock', 'demo takes no --backend'],
  ['doctor --self-test home', "doctor --self-test is about the backend, and takes no 'home'"],
  ['list a', "list does not understand 'a'"],
  ['list -- ls', 'list runs no command after --'],
  ['list --json=yes', "Option '--json' does not take an argument"],
  ['list --backend foo', "there is no backend 'foo'; there are networkmanager, windows, generic, mock"],
  [
    'list --backend platform',
    "there is no backend 'platform'; there are networkmanager, windows, generic, mock",
  ],
  ['list --backend generic --bus b', '--bus goes with networkmanager, not with generic'],
  ['monitor --for', "Option '--for <value>' argument missing"],
  ['monitor --for soon', "--for wants milliseconds from 0 to 2147483647, not 'soon'"],
  ['monitor --for 1e3', "--for wants milliseconds from 0 to 2147483647, not '1e3'"],
  ['monitor --for 2147483648', "--for wants milliseconds from 0 to 2147483647, not '2147483648'"],
  ['open', 'open what? It wants an identifier or a name'],
  ['open a b', "open does not understand 'b'"],
  ['roam home', "roam does not understand 'home'"],
  ['roam --accept --never', '--accept and --never exclude each other'],
  ['roam --accept --probe x', "--probe wants host:port or an http(s) URL, not 'x'"],
  ['roam --probe a:1', '--probe goes with --accept or --ask: otherwise nothing depends on it'],
  ['doctor a b', "doctor does not understand 'b'"],
  ['doctor --hold 1', 'doctor takes no --hold'],
  ['open a --', 'there is no command after --'],
  ['open a --hold 1 -- ls', '--hold and a command exclude each other'],
  ['open a --json -- ls', "--json and a command exclude each other: standard output is the command's"],
])('does not understand: roamkit %s', (line, message) => {
  const words = line === '' ? [] : line.split(' ')
  expect(() => parseCommandLine(words)).toThrow(expect.objectContaining({ name: 'UsageError', message }))
})
