import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CLI, LONGEST, screensAfter, TerminalScreen } from './terminal-screen.js'

const TITLE = /^roamkit monitor: q ends it/
const MONITOR = `'${process.execPath}' '${CLI}' monitor --backend mock`
const monitor = (words = '') => `exec ${MONITOR} ${words}`
const ESCAPE = '\u001b'
const TAKEN = `${ESCAPE}[?1049h${ESCAPE}[?25l${ESCAPE}[?7l`
/** The screen, the cursor and the wrapping are as they were. */
const GIVEN_BACK = `${ESCAPE}[?7h${ESCAPE}[?25h${ESCAPE}[?1049l`
const CLEAR = `${ESCAPE}[H${ESCAPE}[J`
/** What clears the screen, or begins again at its top. */
const WIPES = new RegExp(String.raw`${ESCAPE}\[[\d;]*[JH]|roamkit monitor`)
const FRAME = new RegExp(String.raw`${ESCAPE}\[\?2026h.*?${ESCAPE}\[\?2026l`, 'gs')

test('on a terminal there are the machine, its configurations, the links in use, and the events', async () => {
  const screen = new TerminalScreen(monitor())
  await screen.shows(/^\d\d:\d\d:\d\d\.\d{3} {2}configurationChanged +Desk +defined +\(state\)$/)
  await screen.shows(/^\d\d:\d\d:\d\d\.\d{3} {2}configurationChanged +Desk +active +\(state\)$/)
  const { lines } = screen
  expect(lines[0]).toMatch(TITLE)
  expect(lines[1]).toMatch(/^backend mock, o(n|ff)line, default Desk$/)
  const list = lines.findIndex((line) => /^NAME +STATE +BEARER +SIGNAL +SECURITY +DEVICE$/.test(line))
  expect(lines[list + 1]).toMatch(/^(Desk +active|Café +discovered)/)
  expect(lines.some((line) => /^Café +discovered +WLAN +▂▄▆_ +open/.test(line))).toBe(true)
  expect(lines.some((line) => /^(LINK +SESSION +HELD BY|no link is in use)/.test(line))).toBe(true)
  expect(lines.some((line) => line.includes('free\\u{1b}[2Jwifi\\u{202e}'))).toBe(true)
  expect(screen.buffer).toBe('alternate')
})

test('a change rewrites what is on the screen, which is never empty in between', async () => {
  const screen = new TerminalScreen(monitor())
  for (const state of ['notAvailable', 'connected']) await screen.shows(new RegExp(`Desk +${state}$`))
  const frames = screen.output.match(FRAME) ?? []
  expect(frames.length).toBeGreaterThanOrEqual(3)
  // Everything that is drawn is part of a frame.
  expect(screen.output.replaceAll(FRAME, '')).toBe(TAKEN)
  const [first = '', ...rest] = frames
  for (const lines of await screensAfter(frames)) {
    expect(lines[0]).toMatch(TITLE)
    expect(lines[1]).toMatch(/^backend mock/)
    expect(
      lines.filter((line) => /^(Café|Desk|Far away|Guest|Locked|Phone|free)/.test(line)),
    ).not.toHaveLength(0)
    expect(lines.filter((line) => /^(NAME|LINK|no link)/.test(line))).toHaveLength(2)
  }
  expect(first).toContain(CLEAR)
  // Even in a terminal that shows half of a frame, the title stays.
  for (const frame of rest) expect(frame).not.toMatch(WIPES)
})

test('events of one moment are one frame', async () => {
  const screen = new TerminalScreen(monitor())
  await screen.shows(/Desk +notAvailable$/)
  // The cable comes loose: that is seven events.
  const changed = (screen.output.match(FRAME) ?? []).find((frame) => frame.includes('Changed'))
  expect(changed?.match(/Changed/g)).toHaveLength(7)
})

test('another size is filled at once, with what there is room for', async () => {
  const screen = new TerminalScreen(monitor(), {}, { rows: 40, columns: 120 })
  await screen.shows(/Desk +connected$/)
  expect(screen.lines.filter((line) => / (Ethernet|WLAN|LTE) /.test(line))).toHaveLength(8)

  screen.resize({ rows: 12, columns: 50 })
  await screen.until((lines) => TITLE.test(lines[0] ?? '') && lines.some((line) => line === 'and 7 more'))
  await screen.shows(/^\d\d:\d\d:\d\d\.\d{3} .*…/)
  // The last event is on the last line but one: below it is the cursor.
  expect(screen.lines[10]).toMatch(/^\d\d:/)

  screen.resize({ rows: 30, columns: 100 })
  await screen.until((lines) =>
    lines.includes('NAME                       STATE       BEARER    SIGNAL  SECURITY  DEVICE'),
  )
  expect(screen.lines.filter((line) => TITLE.test(line))).toHaveLength(1)
  await screen.until((lines) => /^\d\d:/.test(lines[28] ?? ''))
})

test.each([
  ['Ctrl-C', '\u0003'],
  ['q', 'q'],
])('%s ends it: the terminal is as before, and the last events stay on it', async (_what, key) => {
  const screen = new TerminalScreen(`echo before; ${MONITOR}; echo "ended $?"; stty -a`)
  await screen.shows(/Desk +notAvailable$/)
  screen.type(key)
  expect(await screen.finished).toBe(0)
  expect(screen.buffer).toBe('normal')
  expect(screen.output).toContain(GIVEN_BACK)
  const { history } = screen
  expect(history[0]).toBe('before')
  expect(history[1]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}configurationChanged +Desk {2}defined {2}\(state\)$/)
  expect(history).toContain('ended 0')
  expect(history.join('\n')).not.toMatch(TITLE)
  expect(history.join(' ')).toMatch(/(?<!-)icanon/)
  expect(history.join(' ')).toMatch(/ echo /)
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)(
  '%s gives the terminal back, and is a success',
  async (signal) => {
    const screen = new TerminalScreen(monitor())
    await screen.shows(/Desk +notAvailable$/)
    process.kill(screen.pid, signal)
    expect(await screen.finished).toBe(0)
    expect([screen.output.split(GIVEN_BACK).length, screen.buffer]).toEqual([2, 'normal'])
    expect(screen.history[0]).toMatch(/configurationChanged/)
  },
)

test('--for ends it, too', async () => {
  const screen = new TerminalScreen(monitor('--for 700'))
  expect(await screen.finished).toBe(0)
  expect(screen.history[0]).toMatch(/configurationChanged +Desk {2}defined/)
})

test('an uncaught error gives the terminal back, and then is readable', async () => {
  const fault = encodeURIComponent('setTimeout(() => { throw new Error("a fault") }, 1000)')
  const screen = new TerminalScreen(monitor(), { NODE_OPTIONS: `--import=data:text/javascript,${fault}` })
  await screen.shows(TITLE)
  expect(await screen.finished).toBe(1)
  const [, after = ''] = screen.output.split(GIVEN_BACK)
  expect(after).toContain('Error: a fault')
  expect(screen.buffer).toBe('normal')
})

test('a backend that cannot be opened is said on the terminal as it is', async () => {
  const screen = new TerminalScreen(
    `exec '${process.execPath}' '${CLI}' monitor --bus unix:path=/nonexistent/roamkit`,
  )
  expect(await screen.finished).toBe(1)
  expect(screen.output).toMatch(/^roamkit: cannot reach NetworkManager: /)
  expect(screen.output).not.toContain('\u001b')
})

test('Ctrl-Z gives the terminal to the shell, and fg shows it again', async () => {
  const screen = new TerminalScreen("exec env PS1='prompt> ' bash --norc --noprofile -i")
  await screen.shows(/^prompt>/)
  screen.type(`${MONITOR}\r`)
  await screen.shows(/Desk +notAvailable$/)
  screen.type('\u001a')
  await screen.shows(/Stopped/)
  expect(screen.buffer).toBe('normal')
  screen.type('echo typed\r')
  await screen.shows(/^typed$/)
  screen.type('fg\r')
  await screen.shows(TITLE)
  expect(screen.buffer).toBe('alternate')
  await screen.shows(/Desk +connected$/)
  // It is read key by key again, and not shown.
  screen.type('q')
  await screen.shows(/^prompt> *$/)
  screen.type('exit\r')
  expect(await screen.finished).toBe(0)
})

test('what is typed does not disturb the view, and r refreshes it', async () => {
  const screen = new TerminalScreen(monitor())
  await screen.shows(/Desk/)
  screen.type('nonsense\u001b[A')
  const clears = () => screen.output.split(CLEAR).length
  expect(clears()).toBe(2)
  screen.type('r')
  await screen.until(() => clears() === 3)
  expect(screen.lines.join('\n')).not.toContain('nonsense')
})

/** Whether a process runs; a dead one that its parent has not asked about does not. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

test('a terminal that vanishes ends it', async () => {
  const screen = new TerminalScreen(monitor())
  await screen.shows(/Desk/)
  const { pid } = screen
  screen.vanish()
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), LONGEST)
})

test.each([
  ['monitor', MONITOR],
  ['roam', `'${process.execPath}' '${CLI}' roam --backend mock`],
])('a terminal that vanishes does not make %s crash', async (_what, line) => {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const screen = new TerminalScreen(`trap : HUP; ${line}; echo $? > '${folder}/code'`)
  await screen.shows(/Desk/)
  screen.vanish()
  const code = () => readFileSync(`${folder}/code`, 'utf8').trim()
  await vi.waitFor(() => expect(code()).not.toBe(''), LONGEST)
  // That of a success, of an output that cannot be written, or of SIGHUP: what is noticed first.
  expect(['0', '74', '129']).toContain(code())
})

test.each([
  ['with --lines', '--lines', {}],
  ['where the terminal cannot be redrawn', '', { TERM: 'dumb' }],
])('%s there are lines', async (_what, words, environment) => {
  const screen = new TerminalScreen(monitor(`${words} --for 700`), environment)
  expect(await screen.finished).toBe(0)
  expect(screen.output).not.toContain('\u001b')
  expect(screen.lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}configuration +Café {2}discovered$/)
})

test('with --json there are objects', async () => {
  const screen = new TerminalScreen(monitor('--json --for 1'))
  expect(await screen.finished).toBe(0)
  expect(JSON.parse(screen.output.split('\n')[0] ?? '')).toMatchObject({ event: 'configuration' })
})

test.each([
  ['colours', { NO_COLOR: undefined }, true],
  ['colours with an empty NO_COLOR', { NO_COLOR: '' }, true],
  ['colours in CI', { NO_COLOR: undefined, CI: 'true' }, true],
  ['no colours with NO_COLOR', { NO_COLOR: '1' }, false],
])('it has %s', async (_what, environment, isColoured) => {
  const screen = new TerminalScreen(monitor('--for 300'), environment)
  expect(await screen.finished).toBe(0)
  expect(/\[\d+m/.test(screen.output)).toBe(isColoured)
})

test('without a keyboard it is shown as well', async () => {
  const screen = new TerminalScreen(`exec ${MONITOR} --for 700 < /dev/null`)
  await screen.shows(TITLE)
  expect(await screen.finished).toBe(0)
})
