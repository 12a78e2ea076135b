import { describe, expect, it } from 'vitest'
import { WifiState } from '../src/ffi/numbers.js'
import { memoryStore } from '../src/links/activations.js'
import { GUID, machine } from './wifi-machine.js'

describe('a connection', () => {
  it('is up with its address, under the requested activation', () => {
    const { wifi, note, phase, of } = machine()
    wifi.recordConnect(GUID, 'Home')
    const { activation } = of('Home')
    note('started', 'Home')
    note('completed', 'Home')
    expect(phase('Home')).toBe('connected')
    wifi.applyAddress(GUID, wifi.count)
    expect(phase('Home')).toBe('up')
    expect(of('Home').activation).toBe(activation)
  })

  it('is not up by the address of the previous one, which was read earlier', () => {
    const { wifi, note, phase } = machine()
    const since = wifi.count
    note('started', 'Home')
    note('completed', 'Home')
    wifi.applyAddress(GUID, since)
    expect(phase('Home')).toBe('connected')
  })

  it('can show by a table alone, and is then as old as the table', () => {
    const { wifi, phase } = machine()
    const since = wifi.count
    wifi.applyTable({ guid: GUID, state: WifiState.Connected, profile: 'Home', since }, 'notified')
    wifi.applyAddress(GUID, since)
    expect(phase('Home')).toBe('up')
  })

  it('that is down and up again between two tables has another activation', () => {
    const { connect, note, of } = machine()
    connect('Home')
    const { activation } = of('Home')
    note('disconnected', 'Home', 229387)
    connect('Home')
    expect(of('Home').activation).not.toBe(activation)
    expect(of('Home').ended).toEqual({
      activation,
      reason: 'carrierLost',
      native: '0x3800b DRIVER_DISCONNECTED',
    })
  })

  it('is not changed by a table whose reading began before the notification', () => {
    const { wifi, connect, note, phase } = machine()
    connect('Home')
    const since = wifi.count
    note('disconnected', 'Home')
    wifi.applyTable({ guid: GUID, state: WifiState.Connected, profile: 'Home', since }, 'notified')
    expect(phase('Home')).toBe('down')
  })

  it('is deactivating by a table alone, before the notification', () => {
    const { connect, note, read, phase, of } = machine()
    connect('Home')
    read(WifiState.Disconnecting, null)
    expect(phase('Home')).toBe('deactivating')
    note('disconnecting', 'Home')
    note('disconnected', 'Home')
    expect([phase('Home'), of('Home').ended?.reason]).toEqual(['down', 'carrierLost'])
  })

  it('ends with its service, and the next one has another activation', () => {
    const { wifi, connect, phase, of, read } = machine()
    connect('Home')
    const { activation } = of('Home')
    wifi.loseService()
    expect([phase('Home'), wifi.carrier(GUID)]).toEqual(['down', false])
    expect(of('Home').ended).toEqual({
      activation,
      reason: 'serviceLost',
      native: 'WLAN AutoConfig has stopped',
    })
    read(WifiState.Connected, 'Home')
    expect(of('Home').activation).not.toBe(activation)
  })

  it('that was being deactivated when its service stopped ended as requested', () => {
    const { wifi, connect, of } = machine()
    connect('Home')
    wifi.recordDisconnect(GUID, 'Home')
    wifi.settleDisconnect(GUID, 'Home', 'accepted')
    wifi.loseService()
    expect(of('Home').ended?.reason).toBe('requested')
  })

  it('is not ended by a table whose reading began before it', () => {
    const { wifi, connect, phase } = machine()
    const since = wifi.count
    connect('Home')
    wifi.applyTable({ guid: GUID, state: WifiState.Disconnected, profile: null, since }, 'notified')
    expect(phase('Home')).toBe('up')
  })

  it('keeps its link, without carrier, while it changes the access point (S12)', () => {
    const { wifi, connect, phase, read } = machine()
    connect('Home')
    wifi.applyNote({ kind: 'roaming', guid: GUID })
    expect([phase('Home'), wifi.carrier(GUID)]).toEqual(['up', false])
    wifi.applyNote({ kind: 'roamed', guid: GUID })
    read(WifiState.Connected, 'Home')
    expect([phase('Home'), wifi.carrier(GUID)]).toEqual(['up', true])
  })
})

describe('an attempt', () => {
  it('that fails says why', () => {
    const { wifi, note, of } = machine()
    wifi.recordConnect(GUID, 'Home')
    note('started', 'Home')
    note('failed', 'Home', 294932)
    note('completed', 'Home', 294932)
    expect(of('Home')).toMatchObject({ activation: null, ended: { reason: 'secretWrong' } })
  })

  it('is not ended by a notification about the previous one', () => {
    const { wifi, note, phase } = machine()
    note('started', 'Home')
    note('failed', 'Home', 294932)
    wifi.recordConnect(GUID, 'Home')
    note('completed', 'Home', 294932)
    note('disconnected', 'Home', 294932)
    expect(phase('Home')).toBe('activating')
  })

  it('is not ended by a table without a sign of it while notifications come', () => {
    const { wifi, read, phase } = machine()
    wifi.recordConnect(GUID, 'Home')
    for (let times = 0; times < 10; times += 1) read(WifiState.Disconnected, null)
    expect(phase('Home')).toBe('activating')
  })

  it('ends after three such tables if no notifications come', () => {
    const { wifi, read, phase } = machine()
    wifi.recordConnect(GUID, 'Home')
    read(WifiState.Disconnected, null, 'polled')
    read(WifiState.Disconnected, null, 'polled')
    expect(phase('Home')).toBe('activating')
    read(WifiState.Disconnected, null, 'polled')
    expect(phase('Home')).toBe('down')
  })

  it('that is cancelled ends with its own activation, even if its start is notified late', () => {
    const { wifi, note, of, phase } = machine()
    wifi.recordConnect(GUID, 'Home')
    const { activation } = of('Home')
    wifi.recordDisconnect(GUID, 'Home')
    wifi.settleDisconnect(GUID, 'Home', 'accepted')
    note('started', 'Home')
    expect(phase('Home')).toBe('deactivating')
    note('failed', 'Home', 229377)
    expect(of('Home').ended).toEqual({ activation, reason: 'requested', native: null })
  })

  it('that is cancelled is one attempt, even if a table shows its end before its start is notified', () => {
    const { wifi, note, read, of } = machine()
    wifi.recordConnect(GUID, 'Home')
    const { activation } = of('Home')
    wifi.recordDisconnect(GUID, 'Home')
    wifi.settleDisconnect(GUID, 'Home', 'accepted')
    read(WifiState.Disconnected, null)
    note('started', 'Home')
    note('failed', 'Home', 229377)
    note('completed', 'Home', 229377)
    expect(of('Home').ended).toEqual({ activation, reason: 'requested', native: null })
  })

  it('that is cancelled ends with a table without a sign of it if no notifications come', () => {
    const { wifi, read, of } = machine()
    wifi.recordConnect(GUID, 'Home')
    const { activation } = of('Home')
    wifi.recordDisconnect(GUID, 'Home')
    wifi.settleDisconnect(GUID, 'Home', 'accepted')
    read(WifiState.Disconnected, null, 'polled')
    expect(of('Home').ended).toEqual({ activation, reason: 'requested', native: null })
  })
})

describe('an end', () => {
  it('that was requested has that reason, even if it comes before the answer', () => {
    const { wifi, connect, note, of } = machine()
    connect('Home')
    wifi.recordDisconnect(GUID, 'Home')
    note('disconnected', 'Home', 229387)
    wifi.settleDisconnect(GUID, 'Home', 'accepted')
    expect(of('Home')).toMatchObject({ activation: null, ended: { reason: 'requested' } })
  })

  it('that Windows refuses leaves the link up, and a later one does not count as requested', () => {
    const { wifi, connect, note, of, phase } = machine()
    connect('Home')
    wifi.recordDisconnect(GUID, 'Home')
    wifi.settleDisconnect(GUID, 'Home', 'refused')
    expect(phase('Home')).toBe('up')
    note('disconnected', 'Home', 229387)
    expect(of('Home').ended?.reason).toBe('carrierLost')
  })

  it('by another profile of the adapter is deviceTaken (H5)', () => {
    const { wifi, connect, note, of } = machine()
    connect('Home')
    wifi.recordConnect(GUID, 'Cafe')
    note('disconnecting', 'Home')
    note('disconnected', 'Home')
    expect(of('Home').ended?.reason).toBe('deviceTaken')
    connect('Cafe')
    note('started', 'Home')
    note('completed', 'Home')
    expect(of('Cafe').ended?.reason).toBe('deviceTaken')
  })

  it('that a table shows first is explained by the notification', () => {
    const { connect, note, read, of } = machine()
    connect('Home')
    read(WifiState.Disconnected, null)
    expect(of('Home').ended).toMatchObject({ reason: 'carrierLost', native: null })
    note('disconnected', 'Home', 163851)
    expect(of('Home').ended?.reason).toBe('outOfRange')
  })

  it('with a radio that is off says so', () => {
    const { connect, read, of } = machine()
    connect('Home')
    read(WifiState.NotReady, null)
    expect(of('Home').ended?.reason).toBe('radioOff')
  })
})

describe('names of activations', () => {
  it('are the same for all who share the store, in any order', () => {
    const store = memoryStore()
    const one = machine(store)
    const other = machine(store)
    one.wifi.recordConnect(GUID, 'Home')
    for (const { note } of [other, one]) note('started', 'Home')
    expect(other.of('Home').activation).toBe(one.of('Home').activation)
    for (const { note } of [one, other]) {
      note('completed', 'Home')
      note('disconnected', 'Home')
      note('started', 'Home')
    }
    expect(other.of('Home').activation).toBe(one.of('Home').activation)
    expect(one.of('Home').ended?.activation).toBe(other.of('Home').ended?.activation)
  })

  it('never repeat, even if the last end could not be stored', () => {
    const store = memoryStore()
    let isStuck = false
    const one = machine({ change: (run) => (isStuck ? run(new Map()) : store.change(run)) })
    one.connect('Home')
    const { activation } = one.of('Home')
    isStuck = true
    one.note('disconnected', 'Home')
    isStuck = false
    one.connect('Home')
    expect(one.of('Home').activation).not.toBe(activation)
  })

  it('never repeat for any link', () => {
    const { connect, note, of } = machine()
    const seen = new Set<string | null>()
    for (const profile of ['Home', 'Cafe', 'Home', 'Cafe']) {
      connect(profile)
      seen.add(of(profile).activation)
      note('disconnected', profile)
    }
    expect(seen.size).toBe(4)
  })

  it('are adopted by processes that come later', () => {
    const store = memoryStore()
    const first = machine(store)
    first.connect('Home')
    first.note('disconnected', 'Home')
    first.connect('Home')
    const later = machine(store)
    later.connect('Home')
    expect(later.of('Home').activation).toBe(first.of('Home').activation)
  })
})

describe('the links of an interface', () => {
  it('are kept until they are down if their profile goes: other processes follow them, too', () => {
    const { wifi, connect, note, of } = machine()
    connect('Home')
    const { activation } = of('Home')
    wifi.keepProfiles(GUID, [])
    expect(of('Home').activation).toBe(activation)
    note('disconnected', 'Home')
    wifi.keepProfiles(GUID, [])
    expect(of('Home')).toEqual({ activation: null, ended: null })
  })
})
