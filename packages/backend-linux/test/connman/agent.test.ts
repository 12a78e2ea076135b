import type { Activate } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { settle } from '../manual-clock.js'
import { FakeConnman } from './fake-connman.js'
import { FakeService } from './fake-service.js'
import { type Bench, call, open } from './host.js'

const KEY = 'correct horse'
const CANCELED = { answer: 'net.connman.Agent.Error.Canceled' }
const FIELDS = { Passphrase: { Type: 'psk', Requirement: 'mandatory' } }

/** A network that needs a key, in sight. */
async function setUp(): Promise<Bench & { readonly connman: FakeConnman; readonly cafe: FakeService }> {
  const connman = FakeConnman.typical()
  const cafe = FakeService.network(connman, 'cafe', { key: KEY })
  connman.list(cafe, { isAnnounced: false })
  return { ...(await open(connman, { visibleNetworks: true })), connman, cafe }
}

/** Answers with these, and then with nothing. */
function answering(...answers: (Readonly<Record<string, string>> | null)[]) {
  const asked: { readonly fields: readonly string[]; readonly attempt: number }[] = []
  const secret: NonNullable<Activate['secret']> = async ({ fields, attempt }) => {
    asked.push({ fields, attempt })
    return answers[asked.length - 1] ?? null
  }
  return { asked, secret }
}

/** A provider that answers when it is told to, or when its question is taken back. */
function hesitating() {
  const signals: AbortSignal[] = []
  const secret: NonNullable<Activate['secret']> = (_, { signal }) => {
    signals.push(signal)
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  return { signals, secret }
}

describe('the agent', () => {
  it('is registered while an activation has a session to ask, and at no other time (N3)', async () => {
    const { connman, cafe, activate } = await setUp()
    const { secret, asked } = answering({ Passphrase: KEY })
    expect(connman.agents.size).toBe(0)
    await activate('ethernet_020000000101_cable')
    expect(connman.calls.map(({ member }) => member)).not.toContain('RegisterAgent')
    const activation = await activate(cafe.id, secret)
    expect(asked).toEqual([{ fields: ['Passphrase'], attempt: 1 }])
    expect(activation).toMatch(cafe.id)
    expect([connman.agents.size, connman.served.size]).toEqual([0, 0])
  })

  it('can be called by ConnMan alone, no matter which process owns its name', async () => {
    const { connman, cafe, activate } = await setUp()
    const { secret } = hesitating()
    await activate(cafe.id, secret)
    expect([...connman.served].map(({ caller }) => caller)).toEqual([connman.owner])
  })

  it('cancels what it is asked about the activations of other programs (N3)', async () => {
    const { connman, cafe, activate } = await setUp()
    const { secret, signals } = hesitating()
    await activate(cafe.id, secret)
    for (const path of ['/net/connman/service/other', '/', '', 7])
      await expect(connman.ask('RequestInput', path, FIELDS)).rejects.toMatchObject(CANCELED)
    for (const member of ['RequestBrowser', 'RequestPeerAuthorization', 'Nonsense'])
      await expect(connman.ask(member, cafe.path, 'x')).rejects.toMatchObject(CANCELED)
    expect(signals).toHaveLength(1)
  })

  it.each([[{}], [7], [{ 'a b': { Requirement: 'mandatory' } }], [{ Passphrase: 'mandatory' }]])(
    'cancels a question that asks for nothing: %j',
    async (fields) => {
      const { connman, cafe, activate } = await setUp()
      const { secret } = hesitating()
      await activate(cafe.id, secret)
      await expect(connman.ask('RequestInput', cafe.path, fields)).rejects.toMatchObject(CANCELED)
    },
  )

  it('asks for the fields that can be given, if none must be', async () => {
    const { connman, cafe, activate } = await setUp()
    const { secret, asked } = answering(null)
    await activate(cafe.id, secret)
    const { secret: again, asked: optional } = answering({ Identity: 'alice' })
    cafe.next.push('hang')
    cafe.key = null
    await activate(cafe.id, again)
    await connman.ask('RequestInput', cafe.path, { Identity: { Requirement: 'optional' } })
    expect([asked, optional]).toEqual([
      [{ fields: ['Passphrase'], attempt: 1 }],
      [{ fields: ['Identity'], attempt: 1 }],
    ])
  })

  it('takes its question back when ConnMan cancels it, and the activation ends', async () => {
    const { connman, cafe, activate, shown } = await setUp()
    const { secret, signals } = hesitating()
    const activation = await activate(cafe.id, secret)
    expect(shown(cafe.id)).toMatchObject({ link: 'activating', activation })
    await connman.ask('Cancel')
    await settle()
    expect(signals[0]?.aborted).toBe(true)
    expect(shown(cafe.id)).toMatchObject({ link: 'down', ended: { activation } })
  })

  it('that ConnMan has released is not unregistered again', async () => {
    const { connman, cafe, activate, backend } = await setUp()
    const { secret } = hesitating()
    const activation = await activate(cafe.id, secret)
    await connman.ask('Release')
    await backend.deactivate(cafe.id, activation, call())
    await settle()
    expect(connman.calls.map(({ member }) => member)).not.toContain('UnregisterAgent')
  })

  it('that ConnMan refuses is noted in the log, and the activation ends with secretMissing', async () => {
    const { connman, cafe, activate, shown, logged } = await setUp()
    connman.agents.add('/another/agent')
    const { secret } = answering({ Passphrase: KEY })
    const activation = await activate(cafe.id, secret)
    expect(shown(cafe.id).ended).toEqual({ activation, reason: 'secretMissing', native: 'NotRegistered' })
    expect(logged.map(([event]) => event)).toContain('the ConnMan agent cannot be registered')
  })
})

describe('a wrong key', () => {
  it('is asked for again as long as the session answers, in one activation, and then ends with secretWrong (N3)', async () => {
    const { cafe, activate, shown } = await setUp()
    const { secret, asked } = answering({ Passphrase: 'one' }, { Passphrase: 'two' }, null)
    const activation = await activate(cafe.id, secret)
    expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(shown(cafe.id).ended).toMatchObject({ activation, reason: 'secretWrong' })
  })

  it('that ConnMan had stored is asked for, as attempt 1', async () => {
    const { connman, cafe, activate, shown } = await setUp()
    await activate(cafe.id, answering({ Passphrase: KEY }).secret)
    await connman.service(cafe.id).disconnect()
    // The access point has another key now, and ConnMan still has the old one.
    cafe.key = 'a new key'
    connman.answers.Remove = () => []
    const { secret, asked } = answering({ Passphrase: 'a new key' })
    await activate(cafe.id, secret)
    expect(asked).toEqual([{ fields: ['Passphrase'], attempt: 1 }])
    expect(shown(cafe.id).link).toBe('up')
  })

  it('without a session to ask ends with secretWrong or secretMissing, and does not try again', async () => {
    const { connman, cafe, activate, shown } = await setUp()
    await activate(cafe.id)
    expect(shown(cafe.id).ended?.reason).toBe('secretMissing')
    expect(connman.calls.filter(({ member }) => member === 'Connect')).toHaveLength(1)
  })
})

it('a session that fails to answer ends the activation, and what it threw is nowhere (N4, N5)', async () => {
  const { cafe, activate, shown, logged } = await setUp()
  const activation = await activate(cafe.id, () => Promise.reject(new Error(KEY)))
  expect(shown(cafe.id)).toMatchObject({ link: 'down', ended: { activation } })
  expect(JSON.stringify([shown(cafe.id), logged])).not.toContain(KEY)
})

it('a second request joins the first, and its question stays as it is (H7)', async () => {
  const { cafe, activate } = await setUp()
  const first = hesitating()
  const second = hesitating()
  const activation = await activate(cafe.id, first.secret)
  expect(await activate(cafe.id, second.secret)).toBe(activation)
  expect([first.signals.map(({ aborted }) => aborted), second.signals]).toEqual([[false], []])
})
