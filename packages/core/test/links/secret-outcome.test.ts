import { describe, expect, it } from 'vitest'
import type { Reason } from '../../src/contract/index.js'
import { failure } from '../../src/links/failure.js'
import { reduceLink } from '../../src/links/link-machine.js'
import type { LinkInput, LinkNotice } from '../../src/links/link-messages.js'
import { idleLink, type LinkState } from '../../src/links/link-state.js'
import { DOWN_LINK } from '../down-link.js'

const CLOCK = { now: 1000, durations: { activation: 300, teardown: 200, stopWord: 50 } }

/** What a session hears when its attempt has ended, if that has become of the question for a secret. */
function outcome(secretQuestion: LinkState['secretQuestion'], end: LinkInput): LinkNotice | undefined {
  let link = idleLink('x', DOWN_LINK, true)
  const inputs: readonly LinkInput[] = [
    { type: 'hold', by: 1 },
    { type: 'lockTaken' },
    { type: 'activated', activation: 'A', own: true, owned: 'A' },
  ]
  for (const input of inputs) [link] = reduceLink(link, input, CLOCK)
  const [, effects] = reduceLink({ ...link, secretQuestion }, end, CLOCK)
  return effects.flatMap((effect) => (effect.type === 'notice' ? [effect.notice] : []))[0]
}

const ends = (reason: Reason): LinkInput => ({
  type: 'facts',
  facts: { ...DOWN_LINK, ended: { activation: 'A', reason, native: null } },
  ready: true,
})
const WHY = failure('ERR_ACTIVATION_FAILED', 'secretsFailed', 'the keyring is locked')

describe('an activation for which a session could not give the secret (N4)', () => {
  it.each(['secretMissing', 'secretWrong'] as const)(
    'fails with what the provider did, if the system says %s',
    (reason) => {
      expect(outcome(WHY, ends(reason))).toMatchObject({ failure: WHY })
    },
  )

  it('fails with another reason of the system all the same', () => {
    expect(outcome(WHY, ends('outOfRange'))).toMatchObject({ failure: { reason: 'outOfRange' } })
  })

  it.each([null, 'asked'] as const)('fails as the system says if the question is %s', (question) => {
    expect(outcome(question, ends('secretWrong'))).toMatchObject({ failure: { reason: 'secretWrong' } })
  })

  it.each([
    ['asked', 'no secret was given'],
    [null, null],
  ] as const)('that takes too long says so: question %s', (question, native) => {
    expect(outcome(question, { type: 'timer', timer: 'activation' })).toMatchObject({
      failure: { reason: 'timedOut', native },
    })
  })
})
