import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { SecretsProvider, SecretsRequest } from '@roamkit/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { FakeSupplicant } from './fake-supplicant.js'
import { calm, listen, nmcli, openHost, PROFILE, until } from './host.js'

const run = promisify(execFile)
const RIGHT = 'correct horse'
const AGENT = 'org.freedesktop.NetworkManager.SecretAgent'
const AGENT_PATH = '/org/freedesktop/NetworkManager/SecretAgent'

beforeEach(calm)
afterAll(calm)

let supplicant: FakeSupplicant
beforeAll(async () => {
  supplicant = await FakeSupplicant.start(RIGHT)
})
afterAll(() => supplicant.stop())

/** A profile that asks for a password which is not stored: 802.1X on a cable, with the password that the FAKE supplicant accepts. */
async function lockedProfile(): Promise<string> {
  const name = `locked ${performance.now()}`
  const secured = ['802-1x.eap', 'md5', '802-1x.identity', 'guest', '802-1x.password-flags', '2']
  const basics = ['type', 'ethernet', 'con-name', name, 'ifname', 'eth-b', 'autoconnect', 'no']
  await nmcli('connection', 'add', ...basics, ...secured, '802-1x.auth-timeout', '1')
  onTestFinished(() => nmcli('connection', 'delete', name).then(() => undefined))
  const shown = await nmcli('--get-values', 'connection.uuid', 'connection', 'show', name)
  return shown.trim()
}

/** Calls a method as another program on the bus would. Resolves to the answer, or to the name of the error. */
async function send(destination: string, path: string, method: string, ...words: string[]): Promise<string> {
  const target = [
    `--bus=${process.env.DBUS_SYSTEM_BUS_ADDRESS}`,
    '--print-reply=literal',
    `--dest=${destination}`,
    path,
    method,
  ]
  try {
    return (await run('dbus-send', [...target, ...words])).stdout.trim()
  } catch (error) {
    const { stderr } = error as { readonly stderr: string }
    return /Error (\S+):/.exec(stderr)?.[1] ?? stderr
  }
}

const DAEMON = ['org.freedesktop.DBus', '/org/freedesktop/DBus'] as const

/** The unique names of this process on the bus. */
async function ownNames(): Promise<readonly string[]> {
  const listed = await send(...DAEMON, 'org.freedesktop.DBus.ListNames')
  const names = listed.match(/:\d+\.\d+/g) ?? []
  const pids = names.map((name) =>
    send(...DAEMON, 'org.freedesktop.DBus.GetConnectionUnixProcessID', `string:${name}`),
  )
  const all = await Promise.all(pids)
  return names.filter((_, index) => all[index]?.endsWith(` ${process.pid}`))
}

describe('secrets on real NetworkManager', () => {
  it('N3: NetworkManager asks our agent, the session answers, and the link comes up', async () => {
    const asked: SecretsRequest[] = []
    const secrets: SecretsProvider = async (request) => {
      asked.push(request)
      return Object.fromEntries(request.fields.map((field) => [field, RIGHT]))
    }
    const id = await lockedProfile()
    const manager = await openHost()
    const session = manager.createSession(id, { secrets })
    await session.open()
    expect(
      asked.map(({ configuration, fields, attempt }) => [configuration.identifier, fields, attempt]),
    ).toEqual([[id, ['password'], 1]])
    await session.close()
  })

  it('N3: a password that is refused is asked for again, by the same activation', async () => {
    const id = await lockedProfile()
    const manager = await openHost()
    const attempts: number[] = []
    const secrets: SecretsProvider = async ({ attempt }) => {
      attempts.push(attempt)
      return { password: attempt === 1 ? 'wrong' : RIGHT }
    }
    const session = manager.createSession(id, { secrets })
    const told = listen(session)
    await session.open()
    expect([attempts, told.words]).toEqual([
      [1, 2],
      ['connecting', 'connected', 'opened'],
    ])
  })

  it.each<[string, SecretsProvider | undefined, string]>([
    ['without a provider', undefined, 'secretMissing'],
    ['with one that has none', async () => null, 'secretMissing'],
    [
      'with one that has none after a wrong one',
      async ({ attempt }) => (attempt === 1 ? { password: 'x' } : null),
      'secretWrong',
    ],
    ['with one that fails', () => Promise.reject(new Error('locked')), 'secretsFailed'],
  ])('N3, N4: %s the opening fails', async (_, secrets, reason) => {
    const id = await lockedProfile()
    const manager = await openHost()
    const session = manager.createSession(id, secrets === undefined ? {} : { secrets })
    const told = listen(session)
    await expect(session.open()).rejects.toMatchObject({ reason })
    expect(told.words.at(-1)).toBe(`error:unknown/${reason}`)
  })

  it('N4: closing takes the question back', async () => {
    const id = await lockedProfile()
    const manager = await openHost()
    const signals: AbortSignal[] = []
    const secrets: SecretsProvider = (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const session = manager.createSession(id, { secrets })
    const opening = session.open().catch(({ reason }) => reason)
    await until(() => expect(signals.map(({ aborted }) => aborted)).toEqual([false]))
    await session.close()
    expect([await opening, signals.map(({ aborted }) => aborted)]).toEqual(['cancelled', [true]])
  })

  it('N5: a stranger on the bus gets nothing, and cannot take a question back', async () => {
    const id = await lockedProfile()
    const manager = await openHost()
    let answer: (secret: { password: string }) => void = () => {}
    const signals: AbortSignal[] = []
    const secrets: SecretsProvider = (_, { signal }) => {
      signals.push(signal)
      return new Promise((resolve) => {
        answer = resolve
      })
    }
    const opening = manager.createSession(id, { secrets }).open()
    await until(() => expect(signals).toHaveLength(1))
    const names = await ownNames()
    expect(names.length).toBeGreaterThan(0)
    for (const name of names)
      for (const path of [AGENT_PATH, '/org/freedesktop/NetworkManager/Settings/1']) {
        const words = [`objpath:${path}`, 'string:802-1x']
        expect(await send(name, AGENT_PATH, `${AGENT}.CancelGetSecrets`, ...words)).toBe(
          'org.freedesktop.DBus.Error.UnknownMethod',
        )
        expect(await send(name, AGENT_PATH, `${AGENT}.GetSecrets`, ...words)).toBe(
          'org.freedesktop.DBus.Error.UnknownMethod',
        )
      }
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    answer({ password: RIGHT })
    await opening
  })

  it('N3: what another program activates is not asked here', async () => {
    const mine = await lockedProfile()
    const other = await lockedProfile()
    const manager = await openHost()
    const asked: string[] = []
    const secrets: SecretsProvider = async ({ configuration }) => {
      asked.push(configuration.identifier)
      return { password: RIGHT }
    }
    await manager.createSession(mine, { secrets }).open()
    await expect(nmcli('connection', 'up', other)).rejects.toThrow(/[Ss]ecrets were required/)
    expect(asked).toEqual([mine])
  })
})

describe('saving and forgetting on real NetworkManager', () => {
  it('N6, N7: a profile in memory is stored, and forgotten again', async () => {
    const manager = await openHost()
    const memory = ['type', 'ethernet', 'con-name', 'memory', 'ifname', 'eth-c', 'autoconnect', 'no']
    await nmcli('connection', 'add', 'save', 'no', ...memory)
    const id = (await nmcli('--get-values', 'connection.uuid', 'connection', 'show', 'memory')).trim()
    await until(() => expect(manager.configurationFromIdentifier(id).isSaved).toBe(false))
    expect(manager.configurationFromIdentifier(id)).toMatchObject({ maySave: 'yes', mayForget: 'yes' })
    await manager.saveNetwork(id)
    await until(() => expect(manager.configurationFromIdentifier(id).isSaved).toBe(true))
    const file = await nmcli('--get-values', 'FILENAME', 'connection', 'show')
    expect(file).toMatch(/\/etc\/NetworkManager\/system-connections\/memory\.nmconnection/)
    await manager.forgetNetwork(id)
    await until(() => expect(manager.configurationFromIdentifier(id).isValid).toBe(false))
    expect(await nmcli('--get-values', 'NAME', 'connection', 'show')).not.toContain('memory')
  })

  it('N7: forgetting a profile in use takes its link down, and its sessions end', async () => {
    const manager = await openHost()
    const basics = ['type', 'ethernet', 'con-name', 'passing', 'ifname', 'eth-c', 'autoconnect', 'no']
    await nmcli('connection', 'add', ...basics)
    const id = (await nmcli('--get-values', 'connection.uuid', 'connection', 'show', 'passing')).trim()
    await until(() => expect(manager.configurationFromIdentifier(id).isValid).toBe(true))
    const session = manager.createSession(id)
    const told = listen(session)
    await session.open()
    await manager.forgetNetwork(id)
    await until(() => expect(told.words.at(-1)).toBe('closed'))
    expect(told.words.slice(-3)).toEqual(['invalid', 'error:sessionAborted/removed', 'closed'])
    expect(await nmcli('--get-values', 'DEVICE,STATE', 'device')).not.toMatch(/eth-c:connected/)
    expect(PROFILE.c).not.toBe(id)
  })
})
