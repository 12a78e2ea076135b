import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CLI, runCli } from './running-cli.js'

const open = ['open', 'Bakery', '--backend', 'mock']

test('without a terminal, what is missing is named, and nothing is asked', async () => {
  const { code, stderr } = await runCli(open)
  expect(stderr).toContain(
    "roamkit: 'Bakery' needs its key (psk): run this on a terminal, where you are asked for it\n",
  )
  expect(stderr).toContain("cannot open 'Bakery': a password or key is missing\n")
  expect(code).toBe(1)
})

test('scan lists the networks that have no profile, and list does not', async () => {
  const scanned = await runCli(['scan', '--backend', 'mock'])
  const [heads = '', bakery = ''] = scanned.stdout.split('\n').filter((line) => /^(NAME|Bakery)/.test(line))
  expect(heads.split(/\s+/)).toEqual([
    'NAME',
    'STATE',
    'BEARER',
    'SIGNAL',
    'SECURITY',
    'DEVICE',
    'SAVED',
    'IDENTIFIER',
  ])
  expect(bakery.split(/\s+/)).toEqual([
    'Bakery',
    'discovered',
    'WLAN',
    '▂▄▆█',
    'wpa',
    'dev-mock-bakery',
    'no',
    'mock-bakery',
  ])
  expect(scanned).toMatchObject({ code: 0, stderr: '' })
  expect((await runCli(['list', '--backend', 'mock'])).stdout).not.toContain('Bakery')
  const { stdout } = await runCli(['scan', '--json', '--backend', 'mock'])
  expect(JSON.parse(stdout)).toContainEqual(
    expect.objectContaining({ identifier: 'mock-bakery', isSaved: false, maySave: 'yes', signal: 85 }),
  )
})

/** The command line on a terminal that util-linux's script(1) makes. */
class OnTerminal {
  readonly finished: Promise<{ readonly code: number | null; readonly shown: string }>
  readonly #child
  #shown = ''
  #look: () => void = () => {}

  constructor(...words: string[]) {
    const line = [process.execPath, CLI, ...words].map((word) => `'${word}'`).join(' ')
    this.#child = spawn('script', ['-qefc', `exec ${line}`, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1' },
      detached: true,
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text.replaceAll('\r\n', '\n')
      this.#look()
    })
    this.finished = new Promise((resolve) => {
      this.#child.on('close', (code) => resolve({ code, shown: this.#shown }))
    })
  }

  type(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Resolves when that is shown for the so-many-th time. */
  async shows(what: string, times = 1): Promise<void> {
    const seen = () => this.#shown.split(what).length > times
    const ended = this.finished.then(({ shown }) => {
      if (!seen()) throw new Error(`it ended without ${what}:\n${shown}`)
    })
    const shown = new Promise<void>((resolve) => {
      this.#look = () => seen() && resolve()
      this.#look()
    })
    await Promise.race([ended, shown])
  }
}

const isLinux = process.platform === 'linux'
const QUESTION = "roamkit: key (psk) of 'Bakery': "

test.runIf(isLinux)('on a terminal the key is asked for, without showing it, until it is right', async () => {
  const cli = new OnTerminal(...open, '--hold', '0')
  await cli.shows(QUESTION)
  cli.type('yeast\r')
  await cli.shows(QUESTION, 2)
  cli.type('sourdough\r')
  const { code, shown } = await cli.finished
  expect(shown).toContain("roamkit: 'Bakery' refused the key (psk)\n")
  expect(shown).toContain("the session on 'Bakery' is open\n")
  expect(shown).not.toMatch(/yeast|sourdough/)
  expect(code).toBe(0)
})

test.runIf(isLinux)('only Enter gives up', async () => {
  const cli = new OnTerminal(...open)
  await cli.shows(QUESTION)
  cli.type('\r')
  const { code, shown } = await cli.finished
  expect(shown).toContain("cannot open 'Bakery': a password or key is missing")
  expect(code).toBe(1)
})

test.runIf(isLinux)('three wrong keys are enough', async () => {
  const cli = new OnTerminal(...open)
  for (const times of [1, 2, 3]) {
    await cli.shows(QUESTION, times)
    cli.type('yeast\r')
  }
  const { code, shown } = await cli.finished
  expect(shown).toContain("cannot open 'Bakery': the password or key is wrong")
  expect([code, shown.split(QUESTION).length]).toEqual([1, 4])
})

test.runIf(isLinux)('Ctrl-C at the question ends it as a signal does, and the link is released', async () => {
  const cli = new OnTerminal(...open)
  await cli.shows(QUESTION)
  cli.type('\u0003')
  const { code, shown } = await cli.finished
  expect(shown).toMatch(/'Bakery' is disconnected\n$/)
  expect(code).toBe(130)
})

test.runIf(isLinux)(
  'record asks for the key, and the trace has the questions without the answers',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'bug.trace')
    const cli = new OnTerminal('record', file, '--open', 'Bakery', '--backend', 'mock')
    await cli.shows(QUESTION)
    cli.type('yeast\r')
    await cli.shows(QUESTION, 2)
    cli.type('sourdough\r')
    await cli.shows("the session on 'Bakery' is open")
    cli.type('\u0003')
    expect((await cli.finished).code).toBe(0)
    const trace = readFileSync(file, 'utf8')
    expect(trace).toContain('"secret":{"fields":["psk"],"attempt":2}')
    expect(trace).not.toMatch(/yeast|sourdough/)
    expect((await runCli(['replay', file])).code).toBe(0)
  },
)
