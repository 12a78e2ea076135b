import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLI, RunningCli, runCli } from './running-cli.js'

/** The path of a file that does not exist yet, in a folder of its own. */
function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-trace-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'bug.trace')
}

/** Records a session on Desk. @returns the text of the trace */
async function record(...options: string[]): Promise<string> {
  const file = newFile()
  const words = ['record', file, '--backend', 'mock', '--open', 'Desk', '--for', '1200', ...options]
  expect(await runCli(words)).toMatchObject({ code: 0, stdout: '' })
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  return readFileSync(file, 'utf8')
}

let known: Promise<string> | null = null

/** A file with such a trace, changed if that is wanted. */
async function recorded(change: (text: string) => string = (text) => text): Promise<string> {
  known ??= record()
  const file = newFile()
  writeFileSync(file, change(await known))
  return file
}

describe('roamkit record', () => {
  it('writes a trace until a signal ends it, and says how long it is', async () => {
    const file = newFile()
    const cli = new RunningCli(['record', file, '--backend', 'mock'])
    await cli.prints(/Ctrl-C ends the recording/)
    cli.child.kill('SIGINT')
    const { code, stderr } = await cli.finished
    expect(code).toBe(0)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(stderr).toContain(`roamkit: recorded ${lines.length} lines; roamkit replay plays them\n`)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ roamkitTrace: 1, backend: 'mock', names: 'hidden' })
  })

  it.skipIf(process.platform === 'win32')(
    'leaves no file if a signal ends it before it has begun',
    async () => {
      const file = newFile()
      const socket = `${file}.bus`
      // Accepts connections, and never says a word.
      const silent = createServer().listen(socket)
      onTestFinished(() => void silent.close())
      const connected = once(silent, 'connection')
      const cli = new RunningCli(['record', file, '--bus', `unix:path=${socket}`])
      await connected
      cli.child.kill('SIGINT')
      expect(await cli.finished).toMatchObject({ code: 130, stderr: 'roamkit: nothing was recorded\n' })
      expect(existsSync(file)).toBe(false)
    },
  )

  it('replaces names unless it is told to keep them, in a file that only its user may read', async () => {
    const [hidden, clear] = await Promise.all([record(), record('--clear-names')])
    expect(hidden).not.toMatch(/Desk|Café/)
    expect(clear).toMatch(/Café.*Desk/)
  })

  it('replaces no file', async () => {
    const file = newFile()
    writeFileSync(file, 'mine')
    expect(await runCli(['record', file, '--backend', 'mock'])).toMatchObject({
      code: 1,
      stderr: `roamkit: cannot write '${file}': file already exists (EEXIST)\n`,
    })
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it.skipIf(process.platform === 'win32')('follows no link', async () => {
    const file = newFile()
    symlinkSync(`${file}.elsewhere`, file)
    expect(await runCli(['record', file, '--backend', 'mock'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('EEXIST'),
    })
    expect(existsSync(`${file}.elsewhere`)).toBe(false)
  })

  it.runIf(process.platform === 'linux')('fails if only a part of the last line could be written', () => {
    const file = newFile()
    // The first world is the last line, and takes about 4200 bytes.
    const limit = 'ulimit -f 4; trap \'\' XFSZ; exec "$@"'
    const words = [process.execPath, CLI, 'record', file, '--backend', 'mock', '--for', '100']
    const { status, stderr } = spawnSync('bash', ['-c', limit, 'bash', ...words], { encoding: 'utf8' })
    expect(statSync(file).size).toBe(4096)
    expect(stderr).toContain(`roamkit: cannot write '${file}': file too large (EFBIG)\n`)
    expect(status).toBe(1)
  })

  it('leaves no file if there is no backend', async () => {
    const file = newFile()
    const { code } = await runCli([
      'record',
      file,
      '--backend',
      'networkmanager',
      '--bus',
      'unix:path=/nowhere',
    ])
    expect(code).toBe(1)
    expect(existsSync(file)).toBe(false)
  })

  it('says which key is missing if it cannot ask for it', async () => {
    const words = ['record', newFile(), '--backend', 'mock', '--open', 'Bakery', '--for', '500']
    const { stderr } = await runCli(words)
    expect(stderr).toContain("'Bakery' needs its key (psk): run this on a terminal")
  })

  it('says which configuration does not exist', async () => {
    const { code, stderr } = await runCli(['record', newFile(), '--backend', 'mock', '--open', 'Desc'])
    expect(code).toBe(1)
    expect(stderr).toContain("there is no configuration 'Desc'; did you mean 'Desk'?")
  })
})

describe('roamkit replay', () => {
  it('plays it again, and the sessions tell the same', async () => {
    const { code, stdout, stderr } = await runCli(['replay', await recorded()])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^\d\.\d s of mock, 9 configurations at first, names replaced\.\n/)
    expect(stdout).toMatch(/> open\(\) +session 1 on link-0003\n/)
    expect(stdout).toMatch(/notAvailable\n/)
    expect(stdout).toMatch(/The sessions emitted the same events as in the recording: \d+\.\n$/)
  })

  it('prints JSON, if that is wanted', async () => {
    const { stdout } = await runCli(['replay', await recorded(), '--json'])
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toContainEqual(expect.objectContaining({ session: 1, on: 'link-0003', does: 'open' }))
    expect(lines.at(-1)).toMatchObject({ event: 'end', same: true })
  })

  it('says nothing more after its result if a session is open at the end of the trace', async () => {
    // As in a recording that was killed.
    const file = await recorded((text) => text.slice(0, text.indexOf('"does":"close"')))
    const { code, stdout } = await runCli(['replay', file, '--json'])
    expect(stdout).not.toContain('"closed"')
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ event: 'end', same: true })
    expect(code).toBe(0)
  })

  it('names the first event that differs, and fails', async () => {
    const file = await recorded((text) => text.replace('"notAvailable"', '"disconnected"'))
    const { code, stderr } = await runCli(['replay', file])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^roamkit: event \d+ differs: recorded 'stateChanged disconnected' of session 1 at \d+ ms, replayed 'stateChanged notAvailable' of session 1 at \d+ ms\n$/,
    )
  })

  it('names the line of a trace that is not valid', async () => {
    const file = await recorded((text) => text.replace('"service":"ready"', '"service":"fine"'))
    expect(await runCli(['replay', file])).toMatchObject({
      code: 1,
      stderr: `roamkit: cannot replay '${file}': line 2 of the trace: the world: service is "fine", not one of ready, lost\n`,
    })
  })

  it('shows nothing of a trace that a terminal obeys', async () => {
    const evil = '\\u001b[2J\\u202e'
    const file = await recorded((text) =>
      text.replaceAll('Network 3', evil).replaceAll('link-0003', `link-0003${evil}`),
    )
    for (const options of [[], ['--json']]) {
      const { stdout, stderr } = await runCli(['replay', file, ...options])
      expect(`${stdout}${stderr}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      expect(stdout).toContain('link-0003\\u')
    }
  })

  it('says which file it cannot read', async () => {
    expect(await runCli(['replay', '/nowhere/bug.trace'])).toMatchObject({
      code: 1,
      stderr: "roamkit: cannot read '/nowhere/bug.trace': no such file or directory (ENOENT)\n",
    })
  })

  it.skipIf(process.platform === 'win32')('does not read a file without an end', async () => {
    expect(await runCli(['replay', '/dev/zero'])).toMatchObject({
      code: 1,
      stderr: "roamkit: cannot read '/dev/zero': a trace has at most 64 MiB\n",
    })
  })

  it('has its own backend', async () => {
    expect(await runCli(['replay', 'bug.trace', '--backend', 'mock'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('replay does not accept --backend: it plays the backend of the trace'),
    })
  })
})
