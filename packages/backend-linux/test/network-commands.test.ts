import type { Activate, Backend, BackendHost } from '@roamkit/core/contract'
import { beforeEach, describe, expect, it } from 'vitest'
import { Variant } from '../src/bus/bus-port.js'
import { networkManagerOver } from '../src/networkmanager/network-manager.js'
import { ACTIVE, NM, PROFILE, SECRET_AGENT, SECRET_AGENT_PATH } from '../src/networkmanager/objects/names.js'
import { networkId } from '../src/networkmanager/objects/network-id.js'
import { accessPoint, SUITES, wlan } from './air.js'
import { asSent } from './as-sent.js'
import { AT, active, LAB_A, LAB_B, profile, settings } from './captured.js'
import { FakeBus, fail } from './fake-bus.js'
import { ManualClock, settle } from './manual-clock.js'

const call = { signal: new AbortController().signal }
const CAFE = networkId(Buffer.from('Café'), 'wpa')
const CAFE_PROFILE = `${AT}/Settings/5`
const ALLOW = 1
const NEW = 2

let bus: FakeBus
let logged: unknown[]
let host: BackendHost

beforeEach(() => {
  bus = new FakeBus()
  Object.assign(bus.objects, accessPoint(1, 'Café'), accessPoint(2, 'Work', { RsnFlags: SUITES.enterprise }))
  Object.assign(bus.objects, wlan([1, 2]))
  Object.assign(bus.permissions, {
    [`${NM}.settings.modify.own`]: 'yes',
    [`${NM}.settings.modify.system`]: 'yes',
  })
  Object.assign(bus.answers, {
    AddAndActivateConnection2: addAndActivate,
    RegisterWithCapabilities: () => [],
    Unregister: () => [],
    Update2: () => [{}],
    AddConnection2: () => [CAFE_PROFILE, {}],
    Delete: () => [],
  })
  logged = []
  host = { changed: () => undefined, log: (...words) => logged.push(words), clock: new ManualClock() }
})

/** FAKE NetworkManager makes the profile and the active connection before it answers, as the real one does. */
function addAndActivate() {
  const wifi = {
    connection: { type: '802-11-wireless' },
    '802-11-wireless': { ssid: Uint8Array.from(Buffer.from('Café')) },
  }
  bus.settings[CAFE_PROFILE] = settings('Café', CAFE, {
    ...wifi,
    '802-11-wireless-security': { 'key-mgmt': 'wpa-psk' },
  })
  bus.add(profile(5, { Unsaved: true, Flags: 7 }))
  bus.add(active(5, 5, CAFE, { State: 1, Devices: [`${AT}/Devices/3`], Type: '802-11-wireless' }))
  return [CAFE_PROFILE, `${AT}/ActiveConnection/5`, {}]
}

function open(): Promise<Backend> {
  return networkManagerOver(bus.connect, { sys: '/nowhere', visibleNetworks: true }).open(host, call)
}

function link(backend: Backend, id: string) {
  return backend.snapshot().configurations.find((known) => known.id === id)
}

const calls = (...members: readonly string[]) => bus.calls.filter(({ member }) => members.includes(member))
const members = () =>
  bus.calls.map(({ member }) => member).filter((member) => /Register|Unregister|Activate/.test(member))

/** A provider that gives these answers, one after the other. */
function giving(...answers: readonly (string | null)[]) {
  const asked: unknown[] = []
  const secret: Activate['secret'] = async (question) => {
    asked.push(question)
    const psk = answers[asked.length - 1] ?? null
    return psk === null ? null : { psk }
  }
  return { asked, request: { ...call, secret } }
}

/** NetworkManager asks the agent, if there is one. Resolves to the answer, or to the name of the error. */
async function ask(
  uuid: string,
  flags = ALLOW,
  { path = CAFE_PROFILE, setting = '802-11-wireless-security', hints = ['psk'] } = {},
) {
  const [agent] = bus.served
  if (agent === undefined) return 'no agent'
  const known = asSent({
    connection: { uuid, id: 'x' },
    '802-11-wireless-security': { 'key-mgmt': 'wpa-psk' },
  })
  const body = [known, path, setting, hints, flags]
  return agent.call({ member: 'GetSecrets', body }).then(
    (answer) => answer.body[0],
    (error: { answer?: string }) => error.answer?.replace(`${SECRET_AGENT}.Error.`, ''),
  )
}

const answer = (psk: string) => ({ '802-11-wireless-security': { psk: new Variant('s', psk) } })

describe('N2 opening a network without a profile', () => {
  it('adds a profile that goes with the link, is not bound to this process and has no secret, and activates it', async () => {
    const backend = await open()
    const activation = await backend.activate(CAFE, { ...call, secret: null })
    const [request] = calls('AddAndActivateConnection2')
    expect(request).toMatchObject({ path: AT, interface: NM, signature: 'a{sa{sv}}ooa{sv}' })
    expect(request?.body).toEqual([
      {
        connection: {
          id: new Variant('s', 'Café'),
          uuid: new Variant('s', CAFE),
          type: new Variant('s', '802-11-wireless'),
        },
        '802-11-wireless': {
          ssid: new Variant('ay', Buffer.from('Café')),
          mode: new Variant('s', 'infrastructure'),
        },
        '802-11-wireless-security': { 'key-mgmt': new Variant('s', 'wpa-psk') },
      },
      `${AT}/Devices/3`,
      `${AT}/AccessPoint/1`,
      { persist: new Variant('s', 'volatile'), 'bind-activation': new Variant('s', 'none') },
    ])
    await settle()
    expect(link(backend, CAFE)).toMatchObject({ activation, link: 'activating', saved: false })
  })

  it('is for this user alone where the user may not change the system', async () => {
    bus.permissions[`${NM}.settings.modify.system`] = 'auth'
    const backend = await open()
    await backend.activate(CAFE, { ...call, secret: null })
    const [connection] = (calls('AddAndActivateConnection2')[0]?.body ?? []) as [Record<string, object>]
    expect(connection.connection).toMatchObject({ permissions: { signature: 'as' } })
  })

  it('keeps its id and shows why it ended when the profile goes with the link', async () => {
    const backend = await open()
    const activation = await backend.activate(CAFE, { ...call, secret: null })
    await settle()
    bus.activeState(5, 4, 9)
    bus.remove(`${AT}/ActiveConnection/5`)
    bus.remove(CAFE_PROFILE)
    expect(link(backend, CAFE)).toMatchObject({
      saved: false,
      link: 'down',
      activation: null,
      ended: { activation, reason: 'secretMissing', native: 'no-secrets' },
    })
    bus.remove(`${AT}/AccessPoint/1`)
    expect(link(backend, CAFE)).toMatchObject({ inRange: false, ended: { activation } })
  })

  it('shows the end of an activation whose profile was gone before its settings were read', async () => {
    const backend = await open()
    bus.answers.GetSettings = ({ path }) =>
      path === CAFE_PROFILE ? fail('org.freedesktop.DBus.Error.UnknownMethod') : [bus.settings[path]]
    const activation = await backend.activate(CAFE, { ...call, secret: null })
    bus.activeState(5, 4, 9)
    expect(link(backend, CAFE)).toMatchObject({ link: 'down', ended: { activation } })
  })

  it('again waits until the profile of the last time is gone, which would stay if it was activated now', async () => {
    const backend = await open()
    await backend.activate(CAFE, { ...call, secret: null })
    await settle()
    bus.activeState(5, 4, 2)
    bus.remove(`${AT}/ActiveConnection/5`)
    const again = backend.activate(CAFE, { ...call, secret: null })
    await settle()
    expect(calls('ActivateConnection', 'AddAndActivateConnection2')).toHaveLength(1)
    bus.remove(CAFE_PROFILE)
    await again
    expect(calls('ActivateConnection')).toEqual([])
    expect(calls('AddAndActivateConnection2')).toHaveLength(2)
  })

  it('joins what another process has just activated, also while the settings of its profile are being read', async () => {
    const backend = await open()
    let answer = (_: readonly unknown[]) => {}
    bus.answers.GetSettings = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    addAndActivate()
    const joining = backend.activate(CAFE, { ...call, secret: null })
    await settle()
    answer([bus.settings[CAFE_PROFILE]])
    const activation = await joining
    expect([calls('AddAndActivateConnection2'), link(backend, CAFE)]).toMatchObject([[], { activation }])
  })

  it('requests nothing any more if it was cancelled while it waited', async () => {
    const backend = await open()
    await backend.activate(CAFE, { ...call, secret: null })
    await settle()
    bus.activeState(5, 4, 2)
    bus.remove(`${AT}/ActiveConnection/5`)
    const cancel = new AbortController()
    const again = backend.activate(CAFE, { signal: cancel.signal, secret: null })
    await settle()
    cancel.abort(new Error('cancelled'))
    await expect(again).rejects.toThrow('cancelled')
    bus.remove(CAFE_PROFILE)
    await settle()
    expect(calls('ActivateConnection', 'AddAndActivateConnection2')).toHaveLength(1)
  })

  it('refuses an enterprise network, and says what it would need', async () => {
    const backend = await open()
    const work = networkId(Buffer.from('Work'), 'enterprise')
    await expect(backend.activate(work, { ...call, secret: null })).rejects.toMatchObject({
      code: 'ERR_NOT_SUPPORTED',
      message: expect.stringContaining('user name'),
    })
    expect(link(backend, work)?.activate).toBe('no')
  })

  it('takes down exactly that activation', async () => {
    const backend = await open()
    const activation = await backend.activate(CAFE, { ...call, secret: null })
    await backend.deactivate(CAFE, activation, call)
    expect(calls('DeactivateConnection').map(({ body }) => body)).toEqual([[`${AT}/ActiveConnection/5`]])
  })
})

describe('N3 the secret agent', () => {
  it('is registered before an activation that has a session to ask, and only until it has ended', async () => {
    const backend = await open()
    await backend.activate(LAB_B, { ...call, secret: null })
    expect([members(), bus.served.size]).toEqual([['ActivateConnection'], 0])
    await backend.activate(CAFE, giving('correct horse').request)
    expect(members().slice(1)).toEqual(['RegisterWithCapabilities', 'AddAndActivateConnection2'])
    const [registered] = calls('RegisterWithCapabilities')
    expect(registered).toMatchObject({
      path: `${AT}/AgentManager`,
      interface: `${NM}.AgentManager`,
      signature: 'su',
    })
    expect(registered?.body?.[0]).toMatch(/^[A-Za-z0-9_.-]{3,255}$/)
    expect([...bus.served]).toMatchObject([
      { path: SECRET_AGENT_PATH, interface: SECRET_AGENT, caller: ':1.5' },
    ])
    bus.activeState(5, 2)
    expect(bus.served.size).toBe(1)
    bus.activeState(5, 4, 2)
    await settle()
    expect([members().at(-1), bus.served.size]).toEqual(['Unregister', 0])
  })

  it('is not there any more for an activation that was over before its answer was read', async () => {
    const backend = await open()
    bus.answers.AddAndActivateConnection2 = () => {
      const answer = addAndActivate()
      bus.activeState(5, 4, 9)
      bus.remove(`${AT}/ActiveConnection/5`)
      return answer
    }
    await backend.activate(CAFE, giving('correct horse').request)
    await settle()
    expect([members().at(-1), bus.served.size]).toEqual(['Unregister', 0])
  })

  it('is not offered to a NetworkManager that left as it answered the registration', async () => {
    const backend = await open()
    bus.answers.RegisterWithCapabilities = () => {
      // As if both came in one piece.
      queueMicrotask(() => queueMicrotask(() => bus.changeOwner(null)))
      return []
    }
    await backend.activate(CAFE, giving('correct horse').request).catch(() => undefined)
    await settle()
    expect(bus.served.size).toBe(0)
  })

  it('asks the session, and gives its answer to NetworkManager', async () => {
    const backend = await open()
    const { asked, request } = giving('correct horse')
    await backend.activate(CAFE, request)
    expect(await ask(CAFE)).toEqual(answer('correct horse'))
    expect(asked).toEqual([{ id: CAFE, fields: ['psk'], attempt: 1 }])
  })

  it('counts an attempt for each secret that was refused, and none for a question that is repeated', async () => {
    const backend = await open()
    const { asked, request } = giving('a', 'b', 'c')
    await backend.activate(CAFE, request)
    await ask(CAFE)
    await ask(CAFE)
    await ask(CAFE, ALLOW | NEW)
    expect(asked).toMatchObject([{ attempt: 1 }, { attempt: 1 }, { attempt: 2 }])
  })

  it.each([
    ['a profile that was activated without a provider', LAB_B, ALLOW],
    ['a profile that another program activates', LAB_A, ALLOW],
    ['a profile that has no id', '', ALLOW],
    ['a question without permission to interact', CAFE, 0],
  ])('has no secrets for %s', async (_, uuid, flags) => {
    const backend = await open()
    const { asked, request } = giving('correct horse')
    await backend.activate(LAB_B, { ...call, secret: null })
    await backend.activate(CAFE, request)
    expect([await ask(uuid, flags), asked]).toEqual(['NoSecrets', []])
  })

  it('ends the question for all agents if the session has no secret', async () => {
    const backend = await open()
    await backend.activate(CAFE, giving(null).request)
    expect(await ask(CAFE)).toBe('UserCanceled')
  })

  it.each([
    ['secretMissing', [ALLOW]],
    ['secretWrong', [ALLOW, ALLOW | NEW]],
  ])('an activation that then has no secret ends with %s', async (reason, flags) => {
    const backend = await open()
    await backend.activate(CAFE, giving(...flags.slice(1).map(() => 'wrong'), null).request)
    for (const one of flags) await ask(CAFE, one)
    bus.activeState(5, 4, 9)
    expect(link(backend, CAFE)?.ended).toMatchObject({ reason, native: 'no-secrets' })
  })

  it('a refusal counts for its own activation only: a later one without a provider lacks a secret', async () => {
    const backend = await open()
    await backend.activate(CAFE, giving('wrong', null).request)
    await settle()
    await ask(CAFE)
    await ask(CAFE, ALLOW | NEW)
    bus.activeState(5, 4, 9)
    bus.remove(`${AT}/ActiveConnection/5`)
    bus.remove(CAFE_PROFILE)
    expect(link(backend, CAFE)?.ended?.reason).toBe('secretWrong')
    await backend.activate(CAFE, { ...call, secret: null })
    await settle()
    bus.activeState(5, 4, 9)
    expect(link(backend, CAFE)?.ended?.reason).toBe('secretMissing')
  })

  it('answers for profiles whose secrets are not stored, too, with the fields that are hinted at', async () => {
    const backend = await open()
    const asked: unknown[] = []
    const secret: Activate['secret'] = async (question) => {
      asked.push(question)
      return { 'private-key': 'k' }
    }
    bus.add(active(7, 2, LAB_B, { State: 1 }))
    bus.activeState(7, 4)
    bus.answers.ActivateConnection = () => {
      bus.add(active(8, 2, LAB_B, { State: 1 }))
      return [`${AT}/ActiveConnection/8`]
    }
    await backend.activate(LAB_B, { ...call, secret })
    const answered = await ask(LAB_B, ALLOW, { setting: 'wireguard', hints: ['private-key'] })
    expect(answered).toEqual({ wireguard: { 'private-key': new Variant('s', 'k') } })
    expect(asked).toEqual([{ id: LAB_B, fields: ['private-key'], attempt: 1 }])
  })

  it('takes a question back when NetworkManager cancels it, or when the activation ends', async () => {
    const backend = await open()
    const signals: AbortSignal[] = []
    const secret: Activate['secret'] = (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => undefined)
    }
    await backend.activate(CAFE, { ...call, secret })
    const first = ask(CAFE)
    const [agent] = bus.served
    await agent?.call({ member: 'CancelGetSecrets', body: [`${AT}/Settings/9`, '802-11-wireless-security'] })
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    await agent?.call({ member: 'CancelGetSecrets', body: [CAFE_PROFILE, '802-11-wireless-security'] })
    expect([signals.map(({ aborted }) => aborted), await first]).toEqual([[true], 'AgentCanceled'])
    const second = ask(CAFE)
    bus.activeState(5, 4, 2)
    expect([signals.map(({ aborted }) => aborted), await second]).toEqual([[true, true], 'AgentCanceled'])
  })

  it.each([
    ['NetworkManager leaves', async () => bus.changeOwner(null)],
    ['the backend is disposed', async (backend: Backend) => backend[Symbol.asyncDispose]()],
  ])('takes a question back, and offers no object any more, when %s', async (_, end) => {
    const backend = await open()
    const signals: AbortSignal[] = []
    const secret: Activate['secret'] = (_question, { signal }) => {
      signals.push(signal)
      return new Promise(() => undefined)
    }
    await backend.activate(CAFE, { ...call, secret })
    const asking = ask(CAFE)
    await settle()
    await end(backend)
    expect([signals.map(({ aborted }) => aborted), await asking]).toEqual([[true], 'AgentCanceled'])
    expect(bus.served.size).toBe(0)
  })

  it('that is refused leaves the activation to NetworkManager, and says so in the log', async () => {
    bus.answers.RegisterWithCapabilities = () => fail(`${NM}.AgentManager.PermissionDenied`)
    const backend = await open()
    await backend.activate(CAFE, giving('correct horse').request)
    expect([calls('AddAndActivateConnection2').length, bus.served.size]).toEqual([1, 0])
    expect(logged).toContainEqual(['the secret agent cannot be registered', expect.anything()])
  })

  it('is unregistered when the activation is refused', async () => {
    bus.answers.AddAndActivateConnection2 = () => fail(`${NM}.PermissionDenied`)
    const backend = await open()
    await expect(backend.activate(CAFE, giving('x').request)).rejects.toMatchObject({ code: 'ERR_DENIED' })
    await settle()
    expect([members().at(-1), bus.served.size]).toEqual(['Unregister', 0])
  })

  it('N5: logs no secret, and sends it nowhere but in its answer', async () => {
    const backend = await open()
    await backend.activate(CAFE, giving('correct horse').request)
    await ask(CAFE)
    expect(JSON.stringify([logged, bus.calls, backend.snapshot()])).not.toContain('horse')
  })
})

describe('N6 saving', () => {
  it('stores the profile as it is, with what NetworkManager knows, and has no effect on one that is stored', async () => {
    const backend = await open()
    await backend.activate(CAFE, giving('x').request)
    await settle()
    await backend.save?.(CAFE, call)
    await backend.save?.(LAB_A, call)
    expect(calls('Update2')).toMatchObject([
      { path: CAFE_PROFILE, interface: PROFILE, signature: 'a{sa{sv}}ua{sv}', body: [{}, 1, {}] },
    ])
  })

  it('of a network without a profile adds one, which does not connect by itself', async () => {
    const backend = await open()
    await backend.save?.(CAFE, call)
    const [request] = calls('AddConnection2')
    expect(request).toMatchObject({ path: `${AT}/Settings`, interface: `${NM}.Settings` })
    expect(request?.body?.slice(1)).toEqual([0x21, {}])
  })

  it.each([
    ['yes', 'no', [], 'no'],
    ['yes', 'no', ['user:ada:'], 'yes'],
    ['auth', 'yes', [], 'yes'],
    ['auth', 'yes', ['user:ada:'], 'ask'],
    ['no', 'auth', ['user:ada:', 'user:bob:'], 'ask'],
  ])('own %s, system %s, profile of %j: %s', async (own, system, permissions, permission) => {
    bus.permissions[`${NM}.settings.modify.own`] = own
    bus.permissions[`${NM}.settings.modify.system`] = system
    bus.settings[`${AT}/Settings/1`] = settings('lab-a', LAB_A, { connection: { permissions } })
    const backend = await open()
    expect(link(backend, LAB_A)).toMatchObject({ save: permission, forget: permission })
  })
})

it('S14 a network whose link did not survive a restart of NetworkManager is down after it', async () => {
  const backend = await open()
  await backend.activate(CAFE, giving('x').request)
  bus.activeState(5, 2)
  await settle()
  expect(link(backend, CAFE)?.link).toBe('up')
  bus.changeOwner(null)
  // The profile was in memory only.
  delete bus.objects[CAFE_PROFILE]
  delete bus.objects[`${AT}/ActiveConnection/5`]
  bus.changeOwner(':1.99')
  await settle()
  expect(backend.snapshot().service).toBe('ready')
  expect(link(backend, CAFE)).toMatchObject({ saved: false, link: 'down', activation: null })
})

describe('N7 forgetting', () => {
  it('deletes the profile, and has no effect on what is not stored', async () => {
    const backend = await open()
    await backend.forget?.(LAB_A, call)
    await backend.forget?.(CAFE, call)
    expect(calls('Delete').map(({ path }) => path)).toEqual([`${AT}/Settings/1`])
  })

  it('rejects with ERR_DENIED where NetworkManager refuses', async () => {
    bus.answers.Delete = () => fail(`${NM}.Settings.PermissionDenied`)
    const backend = await open()
    await expect(backend.forget?.(LAB_A, call)).rejects.toMatchObject({ code: 'ERR_DENIED' })
  })

  it('of one that is in sight leaves the network, with the same id and the reason why its link ended', async () => {
    const backend = await open()
    const activation = await backend.activate(CAFE, giving('x').request)
    await settle()
    bus.change(CAFE_PROFILE, PROFILE, { Unsaved: false, Flags: 0 })
    bus.activeState(5, 2)
    expect(link(backend, CAFE)?.saved).toBe(true)
    // NetworkManager removes the profile first.
    bus.remove(CAFE_PROFILE)
    expect(link(backend, CAFE)).toMatchObject({ link: 'up', activation })
    bus.change(`${AT}/ActiveConnection/5`, ACTIVE, { Connection: '/' })
    bus.activeState(5, 4, 11)
    bus.remove(`${AT}/ActiveConnection/5`)
    expect(link(backend, CAFE)).toMatchObject({
      saved: false,
      link: 'down',
      ended: { activation, reason: 'requested' },
    })
  })
})
