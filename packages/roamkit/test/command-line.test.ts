import { expect, test } from 'vitest'
import { parseCommandLine } from '../src/cli/command-line.js'

const platform = { backend: 'platform', bus: null }
const openHome = { command: 'open', target: 'home', format: 'text', hold: null, grace: null, run: null }
const roam = { command: 'roam', format: 'text', answer: 'forced', probe: null, duration: null }

test.each([
  ['list', { command: 'list', format: 'text', ...platform }],
  ['list --json', { command: 'list', format: 'json', ...platform }],
  ['scan --json', { command: 'scan', format: 'json', ...platform }],
  ['--backend mock list', { command: 'list', format: 'text', backend: 'mock', bus: null }],
  [
    'list --bus unix:path=/b',
    { command: 'list', format: 'text', backend: 'networkmanager', bus: 'unix:path=/b' },
  ],
  ['monitor --for 20', { command: 'monitor', format: 'text', view: 'live', duration: 20, ...platform }],
  ['monitor --lines', { command: 'monitor', format: 'text', view: 'lines', duration: null, ...platform }],
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
  ['list --backend=mock', { command: 'list', format: 'text', backend: 'mock', bus: null }],
  ['open --hold 5 home', { ...openHome, hold: 5, ...platform }],
  ['--version', { command: 'version' }],
])('understands: roamkit %s', (line, request) => {
  expect(parseCommandLine(line.split(' '))).toEqual(request)
})

const TIME = 'Use milliseconds, from 0 to 2147483647.'
const CHOICES = 'Choose networkmanager, connman, networkd, kernel, windows, generic or mock.'

test.each([
  ['', 'no command given', ''],
  ['lst', "unknown command 'lst'; did you mean list?", ''],
  ['frobnicate', "unknown command 'frobnicate'", ''],
  ['constructor', "unknown command 'constructor'", ''],
  ['__proto__', "unknown command '__proto__'", ''],
  ['help lst', "unknown command 'lst'; did you mean list?", ''],
  ['list --frob', "unknown option '--frob'", 'list'],
  ['list -x', "unknown option '-x'", 'list'],
  ['list --jsn', "unknown option '--jsn'; did you mean --json?", 'list'],
  ['list --grace 5', "unknown option '--grace'", 'list'],
  ['demo --backend mock', 'demo does not accept --backend: it always uses the scripted network', 'demo'],
  ['doctor --self-test home', "unexpected argument 'home': --self-test is about the backend", 'doctor'],
  ['list a', "unexpected argument 'a'", 'list'],
  ['list -- ls', 'list does not accept a command after --', 'list'],
  ['list --backend foo', `option '--backend <name>' argument 'foo' is invalid. ${CHOICES}`, 'list'],
  [
    'list --backend mok',
    `option '--backend <name>' argument 'mok' is invalid. Did you mean mock? ${CHOICES}`,
    'list',
  ],
  ['list --backend platform', `option '--backend <name>' argument 'platform' is invalid. ${CHOICES}`, 'list'],
  [
    'list --backend generic --bus b',
    '--bus cannot be used with --backend generic: it is for networkmanager, connman and networkd',
    'list',
  ],
  ['monitor --json --lines', "option '--json' cannot be used with option '--lines'", 'monitor'],
  ['monitor --for', "option '--for <ms>' argument missing", 'monitor'],
  ['monitor --for -5', `option '--for <ms>' argument '-5' is invalid. ${TIME}`, 'monitor'],
  ['monitor --for --json', `option '--for <ms>' argument '--json' is invalid. ${TIME}`, 'monitor'],
  ['monitor --for soon', `option '--for <ms>' argument 'soon' is invalid. ${TIME}`, 'monitor'],
  ['monitor --for 1e3', `option '--for <ms>' argument '1e3' is invalid. ${TIME}`, 'monitor'],
  ['monitor --for 2147483648', `option '--for <ms>' argument '2147483648' is invalid. ${TIME}`, 'monitor'],
  ['open', "missing required argument 'identifier|name'", 'open'],
  ['open a b', "unexpected argument 'b'", 'open'],
  ['roam home', "unexpected argument 'home'", 'roam'],
  ['roam --accept --never', "option '--accept' cannot be used with option '--never'", 'roam'],
  [
    'roam --accept --probe x',
    "option '--probe <host:port|url>' argument 'x' is invalid. Use host:port or an http(s) URL.",
    'roam',
  ],
  ['roam --probe a:1', '--probe requires --accept or --ask: without them its result is not used', 'roam'],
  ['doctor a b', "unexpected argument 'b'", 'doctor'],
  ['doctor --grace 1', "unknown option '--grace'", 'doctor'],
  ['open a --', 'no command given after --', 'open'],
  [
    'open a --hold 1 -- ls',
    '--hold cannot be used with a command: the link is held while the command runs',
    'open',
  ],
  [
    'open a --json -- ls',
    '--json cannot be used with a command, because the command uses standard output',
    'open',
  ],
])('refuses: roamkit %s', (line, message, command) => {
  const words = line === '' ? [] : line.split(' ')
  const help = ['roamkit', command, '--help'].filter((word) => word !== '').join(' ')
  expect(() => parseCommandLine(words)).toThrow(
    expect.objectContaining({ name: 'UsageError', message, help }),
  )
})

test.each([['-h'], ['--help'], ['help']])('roamkit %s is the help of all commands', (line) => {
  const request = parseCommandLine(line.split(' '))
  expect(request).toMatchObject({ command: 'help', text: expect.stringMatching(/^Usage: roamkit <command>/) })
  expect(request).toMatchObject({ text: expect.stringContaining('Exit codes:') })
})

test.each(['list', 'scan', 'holders', 'monitor', 'open', 'roam', 'doctor', 'record', 'replay', 'demo'])(
  'roamkit %s --help is about that command only',
  (name) => {
    for (const words of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
    ]) {
      const request = parseCommandLine(words)
      const text = request.command === 'help' ? request.text : ''
      expect(text).toMatch(new RegExp(`^Usage: roamkit ${name} `))
      expect(text).not.toContain('Exit codes:')
      // Those two have their own backend.
      expect(text.includes('--backend')).toBe(!['demo', 'replay'].includes(name))
      expect(text.includes('--grace')).toBe(name === 'open')
    }
  },
)

test('the help keeps to the width of the terminal', () => {
  const widest = (columns: number | null) => {
    const request = parseCommandLine(['open', '--help'], { columns })
    const lines = request.command === 'help' ? request.text.split('\n') : []
    return Math.max(...lines.map((line) => line.length))
  }
  expect(widest(80)).toBeLessThanOrEqual(80)
  expect(widest(null)).toBeGreaterThan(80)
})
