import { expect, it } from 'vitest'
import { ActivationLedger } from '../../src/kernel/activation-ledger.js'
import { downState, followLink, type LinkState, type PhaseFacts } from '../../src/kernel/link-phase.js'

const off: PhaseFacts = {
  isUp: false,
  isRunning: false,
  hasAddress: false,
  carrierLosses: 0,
  isWlan: false,
  isAwaited: false,
}
const noCarrier = { ...off, isUp: true }
const running = { ...noCarrier, isRunning: true }
const up = { ...running, hasAddress: true }

/** Follows a link through facts, and shows `link activation, ended` after each. */
function follow(...facts: readonly PhaseFacts[]): readonly string[] {
  const ledger = new ActivationLedger()
  let state: LinkState = downState(null)
  return facts.map((next) => {
    state = followLink(state, next, {
      begin: () => ledger.begin('eth0', `${next.carrierLosses}`),
      end: (activation, ended) => ledger.end('eth0', activation, ended),
    })
    const { link, carrier, activation, ended } = state
    const marks = carrier === false ? ' without carrier' : ''
    return `${link}${marks} ${activation?.name ?? '-'}, ${ended?.reason ?? '-'} ${ended?.activation ?? '-'}`
  })
}

it.each<[string, readonly PhaseFacts[], readonly string[]]>([
  [
    'comes up when it has an address, under the activation that began with its carrier',
    [off, noCarrier, running, up],
    ['down -, - -', 'down -, - -', 'activating 0, - -', 'up 0, - -'],
  ],
  ['ends as requested when it is switched off', [up, off], ['up 0, - -', 'down -, requested 0']],
  [
    'ends by the loss of its carrier, and comes up again under another activation',
    [up, { ...noCarrier, hasAddress: true, carrierLosses: 1 }, { ...up, carrierLosses: 1 }],
    ['up 0, - -', 'down -, carrierLost 0', 'up 1, carrierLost 0'],
  ],
  [
    'ends by the loss of its last address, and waits for another one',
    [up, running, up],
    ['up 0, - -', 'activating 0~1, addressFailed 0', 'up 0~1, addressFailed 0'],
  ],
  [
    'has a new activation if only the count shows that the carrier was away',
    [up, { ...up, carrierLosses: 2 }],
    ['up 0, - -', 'up 2, carrierLost 0'],
  ],
  [
    'never repeats an activation, even where the kernel counts nothing',
    [up, off, up, off, up],
    [
      'up 0, - -',
      'down -, requested 0',
      'up 0~1, requested 0',
      'down -, requested 0~1',
      'up 0~2, requested 0~1',
    ],
  ],
  [
    'is coming up without a carrier if this program has switched it on, whatever its carrier does until then',
    [
      { ...noCarrier, isAwaited: true },
      { ...noCarrier, isAwaited: true, carrierLosses: 3 },
      { ...up, carrierLosses: 3 },
      { ...up, carrierLosses: 3 },
    ],
    ['activating without carrier 0, - -', 'activating without carrier 0, - -', 'up 0, - -', 'up 0, - -'],
  ],
  [
    'stays up without a carrier on Wi-Fi, where that may be another access point (S12)',
    [
      { ...up, isWlan: true },
      { ...noCarrier, hasAddress: true, isWlan: true, carrierLosses: 1 },
      { ...up, isWlan: true, carrierLosses: 1 },
      { ...noCarrier, isWlan: true, carrierLosses: 2 },
    ],
    ['up 0, - -', 'up without carrier 0, - -', 'up 0, - -', 'down -, carrierLost 0'],
  ],
  [
    'is not up on Wi-Fi with an address that was there before its first carrier',
    [{ ...noCarrier, hasAddress: true, isWlan: true }],
    ['down -, - -'],
  ],
])('a link %s', (_, facts, expected) => {
  expect(follow(...facts)).toEqual(expected)
})

it('gives one name to an activation that several backends of a driver see, however late they are', () => {
  const ledger = new ActivationLedger()
  const ended = { activation: '', reason: 'other', native: null } as const
  const first = ledger.begin('eth0', '7')
  ledger.end('eth0', first, ended)
  const second = ledger.begin('eth0', '7')
  // The other backend sees the end, and the new beginning, a moment later.
  ledger.end('eth0', first, ended)
  expect(ledger.begin('eth0', '7')).toEqual(second)
  expect(second.name).not.toBe(first.name)
})

it('remembers no more than a thousand links that come and go, as those of containers do', () => {
  const ledger = new ActivationLedger()
  const ended = { activation: 'x', reason: 'deviceGone', native: null } as const
  for (let count = 0; count < 3000; count += 1)
    ledger.end(`veth${count}`, ledger.begin(`veth${count}`, '0'), ended)
  expect(ledger.ended('veth0')).toBeNull()
  expect(ledger.ended('veth2999')).toBe(ended)
})
