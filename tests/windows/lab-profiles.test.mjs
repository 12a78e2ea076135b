// The lab itself, without the backend: profiles that are not stored, storing them, and who may.
import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { world } from '@roamkit/lab-windows'
import { wifi } from './api.mjs'
import { profiles } from './api-profiles.mjs'
import { until } from './until.mjs'

const WRITE = 0x70023
const BAD_PROFILE = 1206

afterEach(() => world('reset'))

/** A profile as a program gives it to Windows. @param {{ name?: string, ssid?: string, auth?: string, cipher?: string, key?: string | null, extra?: string }} [facts] */
function xml({
  name = 'Mine',
  ssid = 'Home',
  auth = 'WPA2PSK',
  cipher = 'AES',
  key = 'long enough',
  extra = '',
} = {}) {
  const shared =
    key === null
      ? ''
      : `<sharedKey><keyType>passPhrase</keyType><protected>false</protected><keyMaterial>${key}</keyMaterial></sharedKey>`
  return `<?xml version="1.0"?><WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1"><name>${name}</name><SSIDConfig><SSID><hex>${Buffer.from(ssid).toString('hex')}</hex></SSID></SSIDConfig><connectionType>ESS</connectionType><connectionMode>auto</connectionMode><MSM><security><authEncryption><authentication>${auth}</authentication><encryption>${cipher}</encryption><useOneX>false</useOneX>${extra}</authEncryption>${shared}</security></MSM></WLANProfile>`
}

/** A Wi-Fi interface in reach of a network with a key. @param {import('node:test').TestContext} context */
function client(context) {
  world('adapter add Wi-Fi type=wifi')
  world('wifi add Wi-Fi')
  world('network add Home key="long enough"')
  const [events, api] = [wifi({ sources: 8 }), profiles()]
  const [{ guid }] = events.interfaces()
  context.after(async () => {
    api.close()
    await events.close()
  })
  /** Connects, and resolves to the last notification. @param {string} profile */
  const attempt = async (profile) => {
    events.received.length = 0
    assert.equal(api.connectTemporary(guid, profile), 0)
    const last = () => events.received.find((/** @type {string} */ word) => word.startsWith('complete'))
    await until('over', () => last() !== undefined)
    return last()
  }
  return { events, api, guid, attempt }
}

describe('a profile that is not stored', () => {
  test('connects with its key, and is forgotten when the connection ends', async (context) => {
    const { events, api, guid, attempt } = client(context)
    assert.equal(await attempt(xml()), 'complete')
    assert.deepEqual([events.connection(guid), world('state').profiles], ['Mine', []])
    assert.equal(events.disconnect(guid), 0)
    await until('disconnected', () => events.received.includes('disconnected'))
    assert.equal(api.save(guid, 'Mine'), 5023)
  })

  test('fails with the reason: a wrong key, none, another class of security', async (context) => {
    const { attempt } = client(context)
    assert.equal(await attempt(xml({ key: 'wrong wrong' })), 'complete 0x48014')
    assert.equal(await attempt(xml({ key: null })), 'complete 0x2800e')
    assert.equal(await attempt(xml({ auth: 'open', cipher: 'none', key: null })), 'complete 0x20001')
    const transition =
      '<transitionMode xmlns="http://www.microsoft.com/networking/WLAN/profile/v4">true</transitionMode>'
    assert.equal(await attempt(xml({ auth: 'WPA3SAE' })), 'complete 0x20001')
    assert.equal(await attempt(xml({ auth: 'WPA3SAE', extra: transition })), 'complete')
  })

  test('must be complete', (context) => {
    const { api, guid } = client(context)
    for (const bad of [
      xml({ key: 'short' }),
      xml({ key: 'ä'.repeat(8) }),
      xml({ auth: 'WPA4' }),
      xml({ name: '' }),
      xml({ ssid: '' }),
      xml({ ssid: 'x'.repeat(33) }),
      'no XML',
    ])
      assert.equal(api.connectTemporary(guid, bad), BAD_PROFILE, bad)
  })

  test('is stored with its key while it is connected', async (context) => {
    const { events, api, guid, attempt } = client(context)
    await attempt(xml())
    assert.equal(api.save(guid, 'Mine'), 0)
    assert.equal(api.save(guid, 'Mine'), 183)
    assert.deepEqual([world('state').profiles, events.connection(guid)], [['Mine'], 'Mine'])
    events.disconnect(guid)
    await until('disconnected', () => events.received.includes('disconnected'))
    events.received.length = 0
    assert.equal(events.connect(guid, 'Mine'), 0)
    await until('connected', () => events.received.includes('complete'))
  })
})

describe('stored profiles', () => {
  test('are set, not overwritten by accident, and deleted, and a connection ends with its profile', async (context) => {
    const { events, api, guid } = client(context)
    assert.deepEqual(
      [api.set(guid, xml()), api.set(guid, xml()), api.set(guid, 'no XML')],
      [0, 183, BAD_PROFILE],
    )
    assert.equal(api.set(guid, xml(), { overwrite: 1 }), 0)
    events.connect(guid, 'Mine')
    await until('connected', () => events.received.includes('complete'))
    assert.equal(api.delete(guid, 'Mine'), 0)
    await until('disconnected', () => events.received.includes('disconnected'))
    assert.ok(events.received.includes('profiles'))
    assert.equal(api.delete(guid, 'Mine'), 1168)
  })

  test('are for whom this user may store them', (context) => {
    const { api, guid } = client(context)
    const both = () => [api.access(9) === WRITE, api.access(10) === WRITE]
    api.set(guid, xml({ name: 'Ours' }))
    assert.deepEqual([both(), api.facts(guid, 'Ours')], [[true, true], { flags: 0, access: WRITE }])
    world('storing oneself')
    assert.deepEqual(
      [api.set(guid, xml()), api.set(guid, xml(), { flags: 2 }), both()],
      [5, 0, [false, true]],
    )
    assert.deepEqual(api.facts(guid, 'Mine'), { flags: 2, access: WRITE })
    assert.notEqual(api.facts(guid, 'Ours').access, WRITE)
    world('storing nobody')
    assert.deepEqual(
      [api.set(guid, xml(), { flags: 2 }), api.delete(guid, 'Mine'), both()],
      [5, 5, [false, false]],
    )
  })
})
