import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { profiles } from '../../labs/linux/config.mjs'

const labs = fileURLToPath(new URL('../../labs/linux/', import.meta.url))
const { ROAMKIT_LAB: _, ...environment } = process.env

interface Outcome {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Starts a program of the lab; `before` goes in front of it. */
function start(
  program: 'lab' | 'run',
  args: readonly string[],
  { before = [] as readonly string[], env = {} } = {},
) {
  const [file = '', ...rest] = [...before, `${labs}${program}`, ...args]
  const child = spawn(file, rest, { env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    errors += data
  })
  const ended = once(child, 'close').then(([code]): Outcome => ({ code, output: output.trim(), errors }))
  const saidSo = async (what: RegExp) => {
    while (!what.test(output)) await Promise.race([once(child.stdout, 'data'), ended.then(failed)])
    return output.trim()
  }
  return { child, ended, saidSo }
}

function failed({ errors, output }: Outcome): never {
  throw new Error(`ended too early: ${output}${errors}`)
}

/** Processes whose network is this one: what a lab that is gone must not have. */
function processesIn(network: string): string[] {
  const networkOf = (pid: string) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`)
    } catch {
      return null // gone, or a zombie
    }
  }
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && networkOf(pid) === network)
}

function expectNothingLeft(network: string) {
  expect(network).toMatch(/^net:\[\d+\]$/)
  expect(processesIn(network)).toEqual([])
  expect(readdirSync('/run')).not.toContain('roamkit-lab')
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('roamkit')
}

const SHOW_NETWORK = 'readlink /proc/self/ns/net'

describe('run', () => {
  test("gives the command a NetworkManager that is up, and ends with the command's exit code", async () => {
    const { code, output } = await start('run', [
      'nmcli',
      '-g',
      'NAME,STATE',
      'connection',
      'show',
      '--active',
    ]).ended
    expect(output).toBe('lab-a:activated')
    expect(code).toBe(0)
    expect((await start('run', ['sh', '-c', 'exit 7']).ended).code).toBe(7)
    expect((await start('run', ['sh', '-c', 'kill -KILL $$']).ended).code).toBe(137)
  })

  test('leaves nothing behind, not even what the command left running', async () => {
    const { output } = await start('run', [
      'sh',
      '-c',
      `${SHOW_NETWORK}; setsid sleep 1000 >/dev/null 2>&1 &`,
    ]).ended
    expectNothingLeft(output)
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends with %s and leaves nothing behind',
    async (signal) => {
      const { child, ended, saidSo } = start('run', ['sh', '-c', `${SHOW_NETWORK}; exec sleep 1000`])
      const network = await saidSo(/net:\[\d+\]\n/)
      child.kill(signal)
      expect((await ended).code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal])
      expectNothingLeft(network)
    },
  )

  test('leaves nothing behind when it is killed', async () => {
    const { child, saidSo } = start('run', ['sh', '-c', `${SHOW_NETWORK}; exec sleep 1000`])
    const network = await saidSo(/net:\[\d+\]\n/)
    child.kill('SIGKILL')
    await expect.poll(() => processesIn(network), { timeout: 5000 }).toEqual([])
    expectNothingLeft(network)
  })

  test('leaves nothing behind when the process that started it is killed', async () => {
    const command = ['sh', '-c', `"$@" & wait`, 'sh'] // a parent that stays between us and the lab
    const { child, saidSo } = start('run', ['sh', '-c', `${SHOW_NETWORK}; exec sleep 1000`], {
      before: command,
    })
    const network = await saidSo(/net:\[\d+\]\n/)
    child.kill('SIGKILL')
    await expect.poll(() => processesIn(network), { timeout: 5000 }).toEqual([])
    expectNothingLeft(network)
  })

  test('keeps two labs apart', async () => {
    const show = 'nmcli -g DEVICE,STATE device | grep eth-'
    const [down, up] = await Promise.all([
      start('run', [
        '--links',
        '2',
        'sh',
        '-c',
        `${labs}lab nm-stop; ip link set eth-a down; ${SHOW_NETWORK}`,
      ]).ended,
      start('run', ['--links', '1', 'sh', '-c', `${show}; ${SHOW_NETWORK}`]).ended,
    ])
    const [device, network] = up.output.split('\n')
    expect(device).toBe('eth-a:connected')
    expect(network).not.toBe(down.output)
  })

  test('says what is wrong with its options', async () => {
    expect(await start('run', ['--links', '99', 'true']).ended).toMatchObject({
      code: 125,
      errors: 'lab: links: 1 to 8\n',
    })
  })
})

const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
const isRoot = process.getuid?.() === 0
const rootless = isRoot ? await start('lab', ['check'], { before: nobody }).ended : null
const rootlessObstacle = rootless?.code ? ` [skipped: ${rootless.errors.trim()}]` : ''

test.skipIf(rootlessObstacle !== '')(`runs for an ordinary user${rootlessObstacle}`, async () => {
  const command = ['nmcli', '-g', 'NAME,STATE', 'connection', 'show', '--active']
  const { output, errors } = await start('run', command, { before: isRoot ? nobody : [] }).ended
  expect(errors).toBe('')
  expect(output).toBe('lab-a:activated')
})

describe('a lab that stays', () => {
  test('is controlled from outside until it is stopped', async () => {
    const started = await start('lab', ['start']).ended
    const id = /ROAMKIT_LAB=(\d+)/.exec(started.output)?.[1] ?? failed(started)
    const lab = async (...args: string[]) => {
      const outcome = await start('lab', args, { env: { ROAMKIT_LAB: id } }).ended
      return outcome.errors === '' ? outcome.output : failed(outcome)
    }
    const network = await lab('exec', ...SHOW_NETWORK.split(' '))
    try {
      await lab('carrier', 'a', 'down')
      expect(await lab('exec', 'cat', '/sys/class/net/eth-a/carrier')).toBe('0')
      await lab('carrier', 'a', 'up')
      expect(await lab('exec', 'cat', '/sys/class/net/eth-a/carrier')).toBe('1')
      await lab('nm-kill')
      expect(await lab('status')).toContain('nm down')
      await lab('bus-kill')
      await lab('bus-start')
      await lab('nm-start')
      expect(await lab('status')).toMatch(/^(\w+ up \(\d+\)\n?){4}$/)
      expect(await lab('peer', 'ip', '-br', 'addr', 'show', 'peer-b')).toContain('10.91.1.1/24')
    } finally {
      await lab('stop')
    }
    expectNothingLeft(network)
    // A dozen programs, one after another, while other suites have the machine.
  }, 60_000)
})

test('the profiles have identifiers that never change', () => {
  const uuids = profiles(3).map(({ text }) => /^uuid=(.*)$/m.exec(text)?.[1])
  expect(uuids).toEqual([
    '00000000-aaaa-4bbb-8ccc-000000000000',
    '00000001-aaaa-4bbb-8ccc-000000000001',
    '00000002-aaaa-4bbb-8ccc-000000000002',
  ])
})
