import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeService, labWorld, PrivateBus, RealClock } from '@roamkit/lab-fake-networkmanager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { busObstacle } from '../../labs/fake-networkmanager/requirements.mjs'
import { shellObstacle } from './requirements.mjs'
import { CLI, TerminalScreen } from './terminal-screen.js'

/** Names that a shell would obey in some way, each with a beginning of its own. */
const NAMES = [
  'a$(touch x)',
  'b`touch x`',
  "c';touch x;'",
  'd";touch x;"',
  'e\n;touch x;',
  'f&touch x',
  'g>x',
  'h|touch x',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what the network is called
  'i${HOME}$HOME',
  'j*?[x]',
  'k!v !! !$',
  'w\\m\\',
  'x!',
  "y'",
  'z"',
  'm  double ',
  'n~ #x',
  'o%n%F{red}%(?.a.b)',
  'p=(x) <(touch x)',
  'q{a,b}',
  'r:colon:two',
  's\u001b[2Jx',
  't\'a"b$(touch x)`touch x`',
  'u東京 Café',
  'v\ttab',
  '--bus=unix:path=x',
] as const
/** For these the identifier is completed: a terminal would obey or hide something, or a command line take it for an option. */
const UNSAFE = NAMES.filter((name) => /\p{Cc}|^-/u.test(name))
const SAFE = NAMES.filter((name) => !UNSAFE.includes(name))

const uuidOf = (name: string) =>
  `${String(NAMES.indexOf(name as (typeof NAMES)[number])).padStart(8, '0')}-aaaa-4bbb-8ccc-000000000000`

let bus: PrivateBus
let service: FakeService
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
  for (const name of ['bin', 'here']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'bin/roamkit'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`)
  chmodSync(join(folder, 'bin/roamkit'), 0o755)
  writeFileSync(join(folder, 'here/old.trace'), '')
  writeFileSync(
    join(folder, 'bashrc'),
    "PS1='prompt> '; bind 'set bell-style none'; source <(roamkit completion bash)\n",
  )
  writeFileSync(
    join(folder, '.zshrc'),
    "bindkey -e; unsetopt beep; PS1='prompt> '; autoload -U compinit; compinit -D -u; source <(roamkit completion zsh)\n",
  )
  writeFileSync(
    join(folder, 'config.fish'),
    "function fish_prompt; echo 'prompt> '; end; function fish_right_prompt; end; set -g fish_greeting\n" +
      'set -g fish_autosuggestion_enabled 0; roamkit completion fish | source\n',
  )
  if (busObstacle() !== null) return
  bus = await PrivateBus.start()
  const started = await FakeService.start(bus.address, (outside) =>
    labWorld({ ...outside, clock: new RealClock(), profiles: [] }),
  )
  service = started.service
  for (const id of NAMES)
    started.machine.nm.addProfile({ id, uuid: uuidOf(id), device: 'wlan0', ssid: id, key: null })
})
afterAll(async () => {
  service?.die()
  await bus?.stop()
  rmSync(folder, { recursive: true })
})

const START = {
  bash: () => `bash --noprofile --rcfile '${folder}/bashrc' -i`,
  zsh: () => 'zsh -i',
  fish: () => `fish --no-config -C "source '${folder}/config.fish'"`,
}
type Shell = keyof typeof START

const CTRL_A = '\u0001'

/** A shell in a terminal, in a folder of its own, that has our completion. */
class InteractiveShell {
  readonly #screen: TerminalScreen
  readonly #shell: Shell

  private constructor(shell: Shell) {
    this.#shell = shell
    const environment = {
      HOME: folder,
      ZDOTDIR: folder,
      LC_ALL: 'C.UTF-8',
      PATH: `${folder}/bin:${process.env.PATH}`,
      DBUS_SYSTEM_BUS_ADDRESS: bus?.address ?? 'unix:path=/nonexistent/roamkit',
    }
    const line = `cd '${folder}/here' && exec ${START[shell]()}`
    this.#screen = new TerminalScreen(line, environment, { rows: 50, columns: 600 })
  }

  static async start(shell: Shell): Promise<InteractiveShell> {
    const started = new InteractiveShell(shell)
    await started.#screen.shows(/^prompt> $|^prompt>$/)
    return started
  }

  /** Which names the shell makes of their beginnings. */
  async completesNames(beginnings: readonly string[]): Promise<readonly string[]> {
    const words = await this.completes(
      `roamkit record x ${beginnings.map((one) => `--open ${one}\t`).join('')}`,
    )
    expect(words.slice(0, 3)).toEqual(['roamkit', 'record', 'x'])
    return words.slice(3).filter((word) => word !== '--open')
  }

  /** What the terminal shows once that is typed. */
  async lists(line: string, until: RegExp): Promise<string> {
    this.#screen.type(line)
    await this.#screen.shows(until)
    return this.#screen.lines.join('\n')
  }

  /** Which arguments the shell makes of a line that is typed, in which `\t` is the tab key. */
  async completes(line: string): Promise<readonly string[]> {
    this.#screen.type(line)
    // What is typed while it completes has to wait: it makes the line a printf(1) of its words.
    this.#screen.type(`${CTRL_A}printf '<<%s>>' begin \u0005 end\r`)
    const words = () => [...this.#screen.lines.join('').matchAll(/<<(.*?)>>/g)].map(([, word = '']) => word)
    await this.#screen.until(() => words().at(-1) === 'end')
    const found = words()
    this.#screen.type(this.#shell === 'fish' ? 'clear\r' : '\u000c')
    await this.#screen.until((lines) => !lines.join('').includes('<<'))
    return found.slice(found.lastIndexOf('begin') + 1, -1)
  }
}

/** What is enough to be completed. */
const beginning = (word: string) => (/^\d/.test(word) ? word.slice(0, 8) : word.charAt(0))

/** So many that one line of a shell has room for them. */
function inParts<T>(all: readonly T[]): readonly (readonly T[])[] {
  const SIZE = 8
  return all.flatMap((_, at) => (at % SIZE === 0 ? [all.slice(at, at + SIZE)] : []))
}

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  const missing = shellObstacle(shell)
  const reason = missing === null ? '' : ` (${missing})`
  const there = it.skipIf(missing !== null)
  const withBus = it.skipIf(missing !== null || busObstacle() !== null)

  there(`commands, options and their values are completed${reason}`, async () => {
    const typed = await InteractiveShell.start(shell)
    expect(await typed.completes('roamkit mon\t--li\t')).toEqual(['roamkit', 'monitor', '--lines'])
    expect(await typed.completes('roamkit list --back\tmo\t--js\t')).toEqual([
      'roamkit',
      'list',
      '--backend',
      'mock',
      '--json',
    ])
    expect(await typed.completes('roamkit list --backend=mo\t')).toEqual([
      'roamkit',
      'list',
      '--backend=mock',
    ])
    expect(await typed.completes('roamkit help comp\t')).toEqual(['roamkit', 'help', 'completion'])
    expect(await typed.completes('roamkit completion fi\t')).toEqual(['roamkit', 'completion', 'fish'])
  })

  there(`names and identifiers of the backend on the line are completed${reason}`, async () => {
    const typed = await InteractiveShell.start(shell)
    const open = ['roamkit', 'open', '--backend', 'mock']
    expect(await typed.completes('roamkit open --backend mock Far\t')).toEqual([...open, 'Far away'])
    expect(await typed.completes('roamkit open --backend mock Caf\t')).toEqual([...open, 'Café'])
    expect(await typed.completes('roamkit open --backend mock mock-de\t')).toEqual([...open, 'mock-desk'])
    expect(await typed.completes('roamkit record x --backend mock --open Far\t')).toEqual([
      'roamkit',
      'record',
      'x',
      '--backend',
      'mock',
      '--open',
      'Far away',
    ])
  })

  there(`files, and the command after --, are completed by the shell${reason}`, async () => {
    const typed = await InteractiveShell.start(shell)
    expect(await typed.completes('roamkit replay ol\t')).toEqual(['roamkit', 'replay', 'old.trace'])
    expect(await typed.completes('roamkit open x -- roamk\tol\t')).toEqual([
      'roamkit',
      'open',
      'x',
      '--',
      'roamkit',
      'old.trace',
    ])
  })

  withBus(`nothing in the name of a network is obeyed${reason}`, { timeout: 120_000 }, async () => {
    const typed = await InteractiveShell.start(shell)
    for (const names of inParts(NAMES)) {
      const chosen = names.map((name) => (UNSAFE.includes(name) ? uuidOf(name) : name))
      expect(await typed.completesNames(chosen.map(beginning))).toEqual(chosen)
    }
    expect(readdirSync(join(folder, 'here'))).toEqual(['old.trace'])
  })

  withBus(`nor within quotes that are open${reason}`, { timeout: 120_000 }, async () => {
    const typed = await InteractiveShell.start(shell)
    for (const quote of ["'", '"'])
      for (const names of inParts(SAFE.filter((name) => /['"`$\\!]/.test(name))))
        expect(await typed.completesNames(names.map((name) => quote + beginning(name)))).toEqual(names)
    expect(readdirSync(join(folder, 'here'))).toEqual(['old.trace'])
  })

  withBus(`all there is can be listed, and nothing in it reaches the terminal${reason}`, async () => {
    const typed = await InteractiveShell.start(shell)
    expect(await typed.lists('roamkit open \t\t', /u東京.*Café/)).toContain('prompt> ')
  })
})
