import { describe, expect, it } from 'vitest'
import type { SecretsProvider } from '../../src/configurations/secrets.js'
import { Holds } from '../../src/links/holds.js'
import { ATTEMPT, linkBed, up } from './link-bed.js'

/** A provider that answers when a test says so. */
function provider() {
  const asked: { readonly signal: AbortSignal; answer(psk: string): void }[] = []
  const secrets: SecretsProvider = (_request, { signal }) =>
    new Promise((resolve) => {
      asked.push({ signal, answer: (psk) => resolve({ psk }) })
    })
  return { asked, secrets }
}

const PSK = { id: 'b', fields: ['psk'], attempt: 1 }
const never = new AbortController().signal

/** Session 1 brings `b` up; the system may ask for its secret. */
function opening(secrets: SecretsProvider | null = null) {
  const bed = linkBed([{ id: 'b' }])
  bed.follow(1, 'b', secrets)
  bed.put('b', { holds: new Holds().with(1, 'wanted'), activationAttempt: ATTEMPT })
  const answerer = bed.secrets.answererOf('b', bed.closing.signal)
  return {
    ...bed,
    answerer,
    /** The system asks. */
    ask: (signal = never) => Promise.resolve(answerer?.(PSK, { signal })),
    /** The machine of the link has come to that. */
    become: (state: Parameters<typeof bed.put>[1]) => {
      bed.put('b', state)
      bed.secrets.review('b', bed.linkStates.state('b'))
    },
  }
}

describe('N3 the system asks for a secret', () => {
  it('and gets the session’s answer, of which the link hears', async () => {
    const { asked, secrets } = provider()
    const { ask, pass, posted } = opening(secrets)
    const answered = ask()
    await pass()
    expect(posted).toEqual([{ type: 'secret', question: 'asked' }])
    asked[0]?.answer('a secret')
    expect(await answered).toEqual({ psk: 'a secret' })
    expect(posted.slice(1)).toEqual([{ type: 'secret', question: 'answered' }])
  })

  it('N4 and gets the longest text that systems take, but none that is longer', async () => {
    const given = async (psk: string) => opening(async () => ({ psk })).ask()
    const longest = 'x'.repeat(65_536)
    expect(await given(longest)).toEqual({ psk: longest })
    expect(await given(`${longest}x`)).toBeNull()
  })

  it('and need not ask if no session that brings the link up has a provider', () => {
    expect(opening().answerer).toBeNull()
  })

  it('and need not ask about a link that no session uses', () => {
    const { secrets, closing } = linkBed([{ id: 'b' }])
    expect(secrets.answererOf('b', closing.signal)).toBeNull()
  })

  it('and no session is asked that is not there any more', async () => {
    const { secrets, closing, put, follow } = opening()
    follow(2, 'b', async () => ({ psk: 'a secret' }))
    put('b', { holds: new Holds().with(3, 'wanted').with(2, 'wanted') })
    const answered = secrets.answererOf('b', closing.signal)?.(PSK, { signal: never })
    expect(await answered).toEqual({ psk: 'a secret' })
  })
})

describe('N4 a question that is no longer wanted', () => {
  it('is not asked when all sessions have left the link', async () => {
    const { asked, secrets } = provider()
    const { ask, become, posted } = opening(secrets)
    become({ holds: new Holds(), activationAttempt: null })
    expect(await ask()).toBeNull()
    expect([asked, posted]).toEqual([[], []])
  })

  it('is not asked when the link is forgotten', async () => {
    const { asked, secrets } = provider()
    const { ask, linkStates, posted } = opening(secrets)
    linkStates.dispose()
    expect(await ask()).toBeNull()
    expect([asked, posted]).toEqual([[], []])
  })

  it('is not asked when the manager is closed', async () => {
    const { asked, secrets } = provider()
    const { ask, closing, posted } = opening(secrets)
    closing.abort()
    expect(await ask()).toBeNull()
    expect([asked, posted]).toEqual([[], []])
  })

  it.each([
    ['the session leaves', { holds: new Holds() }],
    ['the link is up, or has failed', { activationAttempt: null }],
  ])('aborts when %s', async (_when, state) => {
    const { asked, secrets } = provider()
    const { ask, pass, become, posted } = opening(secrets)
    const answered = ask()
    await pass()
    become({})
    expect(asked[0]?.signal.aborted).toBe(false)
    become(state)
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(await answered).toBeNull()
    expect(posted).toEqual([{ type: 'secret', question: 'asked' }])
  })

  it('about a link that is up aborts only when the session leaves', async () => {
    const { asked, secrets } = provider()
    const { ask, pass, become } = opening(secrets)
    become({ holds: new Holds().with(1, 'held'), activationAttempt: null })
    void ask()
    await pass()
    become({ facts: null })
    expect(asked[0]?.signal.aborted).toBe(false)
    become({ holds: new Holds() })
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  it('leaves the questions about other links alone', async () => {
    const { asked, secrets } = provider()
    const { ask, pass, secrets: questions, linkStates } = opening(secrets)
    void ask()
    await pass()
    questions.review('c', linkStates.state('c'))
    expect(asked[0]?.signal.aborted).toBe(false)
  })

  it('aborts, although another one of the same link is answered', async () => {
    const { asked, secrets } = provider()
    const { ask, pass, become } = opening(secrets)
    const [first] = [ask(), ask()]
    await pass()
    asked[0]?.answer('a secret')
    await first
    become({ holds: new Holds() })
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, true])
  })

  it('is over for good once it is answered', async () => {
    const { asked, secrets } = provider()
    const { ask, become, pass, closing, see } = opening(secrets)
    const answered = ask()
    await pass()
    asked[0]?.answer('a secret')
    await answered
    see(up('b', 'b-1'))
    become({ activationAttempt: null })
    closing.abort()
    expect(asked[0]?.signal.aborted).toBe(false)
  })
})

describe('N5 a provider that fails', () => {
  it.each<readonly [string, SecretsProvider, string]>([
    [
      'throws an error',
      () => {
        throw new TypeError('the secret is xyzzy')
      },
      'it threw: TypeError',
    ],
    ['throws anything else', () => Promise.reject('xyzzy'), 'it threw'],
    ['leaves a field out', async () => ({}), "it gave no text for 'psk'"],
  ])('has its kind of failure logged if it %s, and nothing else', async (_how, secrets, why) => {
    const { ask, logged, posted } = opening(secrets)
    expect(await ask()).toBeNull()
    expect(logged).toEqual([['secretsFailed', { id: 'b', why }]])
    expect(posted.at(-1)).toEqual({
      type: 'secret',
      question: { code: 'ERR_ACTIVATION_FAILED', reason: 'secretsFailed', native: why, cause: undefined },
    })
  })

  it('N5 is not even asked what it is if it threw a proxy that throws', async () => {
    const trap = () => {
      throw new Error('xyzzy')
    }
    const { ask, logged } = opening(() => Promise.reject(new Proxy({}, { getPrototypeOf: trap, get: trap })))
    expect(await ask()).toBeNull()
    expect(logged).toEqual([['secretsFailed', { id: 'b', why: 'it threw' }]])
  })
})
