import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { Writable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { standardOutput } from '../src/cli/output.js'
import { CLI, RunningCli } from './running-cli.js'

const FULL = '/dev/full'
const NO_SPACE = 'roamkit: cannot write to standard output: no space left on device (ENOSPC)\n'

/** Runs the command line with its output on a device that is always full. */
function runOnFullDisk(words: readonly string[], streams: 'stdout' | 'both' = 'stdout') {
  const full = openSync(FULL, 'w')
  const child = spawn(process.execPath, [CLI, ...words], {
    stdio: ['ignore', full, streams === 'both' ? full : 'pipe'],
    detached: true,
  })
  closeSync(full)
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stderr })),
  )
}

const mock = ['--backend', 'mock']

test.runIf(process.platform === 'linux').each([
  ['list', ['list', ...mock]],
  ['list --json', ['list', '--json', ...mock]],
  ['holders', ['holders', ...mock]],
  ['monitor', ['monitor', ...mock]],
  ['doctor', ['doctor', ...mock]],
  ['doctor --self-test', ['doctor', '--self-test', '--backend', 'generic']],
  ['demo', ['demo']],
  ['roam', ['roam', ...mock]],
  ['open --json', ['open', 'mock-cafe', '--json', ...mock]],
  ['--help', ['--help']],
] as const)('on a full disk %s says so in one line, ends, and exits with 74', async (_what, words) => {
  expect(await runOnFullDisk(words)).toEqual({ code: 74, stderr: NO_SPACE })
})

test.runIf(process.platform === 'linux').each([
  ['list', ['list', ...mock], 74],
  ['open with a command', ['open', 'mock-cafe', ...mock, '--', process.execPath, '-e', ''], 0],
] as const)('where standard error fails as well, %s still ends properly', async (_what, words, code) => {
  expect(await runOnFullDisk(words, 'both')).toMatchObject({ code })
})

function broken(code: string, errno: number) {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: no`), { code, errno })),
  }) as unknown as NodeJS.WriteStream
}

test.each([
  ['EPIPE', -32, 'reader', ''],
  ['ECONNRESET', -104, 'reader', ''],
  ['EIO', -5, 'failure', 'roamkit: cannot write to standard output: '],
  ['ENOSPC', -28, 'failure', 'roamkit: cannot write to standard output: '],
])('%s is the end of the output: %s %s', async (code, errno, end, words) => {
  const notes: string[] = []
  const stderr = new Writable({
    write: (chunk, _encoding, done) => {
      notes.push(String(chunk))
      done()
    },
  }) as unknown as NodeJS.WriteStream & { fd: 2 }
  const output = standardOutput({
    stdout: broken(code, errno) as NodeJS.WriteStream & { fd: 1 },
    stderr,
    env: {},
  })
  const ended = new Promise((resolve) => output.ended.addEventListener('abort', resolve))
  output.line('one')
  output.line('two')
  await ended
  output.line('three')
  expect(output.end).toBe(end)
  expect(notes).toHaveLength(words === '' ? 0 : 1)
  expect(notes.join('')).toContain(words)
})

test('a reader that goes away before the end of a list is no error', async () => {
  const cli = new RunningCli(['list', ...mock])
  cli.child.stdout?.destroy()
  expect(await cli.finished).toMatchObject({ code: 0, stderr: '' })
})
