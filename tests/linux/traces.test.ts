import { execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { carrier, nm } from '@roamkit/lab-linux'
import { expect, it, onTestFinished } from 'vitest'
import { activeState, CLI, calm, until } from './host.js'

const run = promisify(execFile)

/** Records a session on `lab-b` while something happens to it. @returns the path of the trace */
async function record(name: string, happens: (file: string) => Promise<void>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-trace-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, `${name}.trace`)
  const child = spawn(process.execPath, [CLI, 'record', file, '--open', 'lab-b'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = new Promise((resolve) => child.on('exit', resolve))
  await until(() => expect(told(file)).toContain('"opened"'))
  await happens(file)
  child.kill('SIGINT')
  expect(await exited).toBe(0)
  // `ROAMKIT_KEEP_TRACES=FOLDER` keeps them: some are tests in tests/semantics/traces.
  const keep = process.env.ROAMKIT_KEEP_TRACES
  if (keep !== undefined) copyFileSync(file, join(keep, `${name}.trace`))
  return file
}

function told(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const MISFORTUNES: readonly [string, (file: string) => Promise<void>][] = [
  [
    'cable',
    async (file) => {
      await carrier('b', 'down')
      await until(() => expect(told(file)).toContain('"notAvailable"'))
      await carrier('b', 'up')
      await until(() => expect(told(file).split('"connected"')).toHaveLength(3))
    },
  ],
  [
    'restart',
    async (file) => {
      await nm.stop()
      await until(() => expect(told(file)).toContain('"service":"lost"'))
      await nm.start()
      await until(() => expect(told(file)).toContain('"service":"ready"'))
      await until(async () => expect(await activeState('lab-b')).toBe('activated'))
    },
  ],
]

it.each(MISFORTUNES)(
  'a session on real NetworkManager tells the same when its trace is replayed: %s',
  async (name, happens) => {
    await calm()
    const file = await record(name, happens)
    const { stdout } = await run(process.execPath, [CLI, 'replay', file])
    expect(stdout).toMatch(/The sessions emitted the same events as in the recording: \d+\.\n$/)
    expect(told(file)).not.toContain('lab-b')
  },
  60_000,
)
