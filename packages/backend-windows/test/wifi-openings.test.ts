import { describe, expect, it } from 'vitest'
import { WifiState } from '../src/ffi/numbers.js'
import { type ActivationStore, memoryStore } from '../src/links/activations.js'
import { GUID, machine } from './wifi-machine.js'

describe('an opening that asks for keys (N3, N4)', () => {
  const WRONG = 294932

  function opening(store: ActivationStore = memoryStore()) {
    const around = machine(store)
    const events: string[] = []
    const listener = { answered: null, refuse: () => events.push('refused'), end: () => events.push('over') }
    around.wifi.beginOpening(GUID, 'Shop', listener)
    return { ...around, events, activation: around.of('Shop').activation }
  }

  it('waits, whatever Windows shows of the interface', () => {
    const { read, note, phase, events, wifi } = opening()
    read(WifiState.Disconnected, null, 'polled')
    for (let count = 0; count < 5; count += 1) read(WifiState.Disconnected, null, 'polled')
    note('failed', 'Shop', WRONG)
    note('disconnected', 'Shop')
    expect([phase('Shop'), events, wifi.profileInUse(GUID)]).toEqual(['activating', [], null])
  })

  it('is over at once if the link is up already', () => {
    const { wifi, connect, of } = machine()
    connect('Shop')
    const { activation } = of('Shop')
    const events: string[] = []
    wifi.beginOpening(GUID, 'Shop', {
      answered: null,
      refuse: () => events.push('refused'),
      end: () => events.push('over'),
    })
    expect([events, of('Shop').activation]).toEqual([['over'], activation])
  })

  it('goes on under the same activation after a refused key, and is over when the link is up', () => {
    const { wifi, note, of, events, activation } = opening()
    for (const reason of [WRONG, 0]) {
      wifi.recordTry(GUID, 'Shop')
      note('started', 'Shop')
      if (reason !== 0) note('failed', 'Shop', reason)
      note('completed', 'Shop', reason)
    }
    expect([events, of('Shop').activation, of('Shop').ended]).toEqual([['refused', 'over'], activation, null])
  })

  it('is not ended by the second notification of a failure, which comes during the next try', () => {
    const { wifi, note, phase, events } = opening()
    wifi.recordTry(GUID, 'Shop')
    note('started', 'Shop')
    note('failed', 'Shop', WRONG)
    wifi.recordTry(GUID, 'Shop')
    note('completed', 'Shop', WRONG)
    expect([phase('Shop'), events]).toEqual(['activating', ['refused']])
  })

  it('ends with any other failure', () => {
    const { wifi, note, of, events } = opening()
    wifi.recordTry(GUID, 'Shop')
    note('started', 'Shop')
    note('failed', 'Shop', 229379)
    expect([events, of('Shop').ended?.reason]).toEqual([['over'], 'timedOut'])
  })

  it('that is being disconnected does not ask again', () => {
    const { wifi, note, of, events } = opening()
    wifi.recordTry(GUID, 'Shop')
    note('started', 'Shop')
    wifi.recordDisconnect(GUID, 'Shop')
    note('failed', 'Shop', WRONG)
    expect([events, of('Shop').activation]).toEqual([['over'], null])
  })

  it('ends when another link comes up on the interface, and does not count as its rival before', () => {
    const { connect, note, of, events } = opening()
    connect('Home')
    expect([events, of('Shop').ended?.reason]).toEqual([['over'], 'deviceTaken'])
    const other = opening()
    other.connect('Home')
    other.wifi.beginOpening(GUID, 'Shop', { answered: null, refuse() {}, end() {} })
    other.note('disconnected', 'Home', 229387)
    expect(other.of('Home').ended?.reason).toBe('carrierLost')
    note('disconnected', 'Home')
  })

  it('ends with the radio, with the service and with its interface', () => {
    const radio = opening()
    radio.read(WifiState.NotReady, null)
    expect([radio.events, radio.of('Shop').ended?.reason]).toEqual([['over'], 'radioOff'])
    const service = opening()
    service.wifi.loseService()
    expect([service.events, service.of('Shop').ended?.reason]).toEqual([['over'], 'serviceLost'])
    const card = opening()
    card.wifi.forgetInterface(GUID)
    expect(card.events).toEqual(['over'])
  })

  it.each(['before', 'after'])(
    'has the same name in a process that sees the refusal %s the next try',
    (when) => {
      const store = memoryStore()
      const one = opening(store)
      const other = machine(store)
      const notes = ['started', 'failed', 'completed'] as const
      const tell = (to: typeof other, kind: (typeof notes)[number]) =>
        to.note(kind, 'Shop', kind === 'started' ? 0 : WRONG)
      one.wifi.recordTry(GUID, 'Shop')
      for (const kind of notes) tell(one, kind)
      if (when === 'before') for (const kind of notes) tell(other, kind)
      one.wifi.recordTry(GUID, 'Shop')
      if (when === 'after') for (const kind of notes) tell(other, kind)
      for (const { connect } of [other, one]) connect('Shop')
      expect([one.of('Shop').activation, other.of('Shop').activation]).toEqual([
        one.activation,
        one.activation,
      ])
      expect(other.of('Shop').ended?.activation).not.toBe(one.activation)
    },
  )
})
