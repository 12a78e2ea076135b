import assert from 'node:assert/strict'
import type { Activate, SecretRequest } from '@roamkit/core/contract'
import type { NeedsSecret } from '../adapter/controls.js'
import { inText, isInText } from '../test-bed/in-text.js'
import type { Live } from '../test-bed/live.js'
import { neverAborted, request, type TestBed } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Asking for secrets. */
export const secretLaws: readonly Law[] = [
  law({
    id: 'secret-asked',
    says: 'an activation asks for the fields of the secret that it lacks, and the right answer brings the link up (N3)',
    needs: ['needSecret'],
    async run(testBed) {
      const { live, id, right } = await prepare(testBed)
      const { asked, secret } = answering(right)
      await testBed.call('activate', () => live.backend.activate(id, { ...neverAborted, secret }))
      await testBed.waitUntilUp(live, id)
      assert.deepEqual(asked, [{ id, fields: Object.keys(right), attempt: 1 }], 'the question is another one')
    },
  }),
  law({
    id: 'secret-only-when-needed',
    says: 'an activation that needs no secret does not ask for one (N3)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const { asked, secret } = answering()
      await testBed.call('activate', () => live.backend.activate(id, { ...neverAborted, secret }))
      await testBed.waitUntilUp(live, id)
      assert.deepEqual(asked, [], 'the link came up, and a secret was asked for')
    },
  }),
  law({
    id: 'secret-missing',
    says: 'without a secret, because no session can be asked or the answer is null, the activation ends with secretMissing (N3)',
    needs: ['needSecret'],
    async run(testBed) {
      const { live, id } = await prepare(testBed)
      for (const secret of [null, answering(null).secret]) {
        const activation = await testBed.call('activate', () =>
          live.backend.activate(id, { ...neverAborted, secret }),
        )
        await testBed.waitUntilShown(
          live,
          id,
          'is down, and its activation has ended',
          ({ link, ended }) => link === 'down' && ended?.activation === activation,
        )
        const reason = live.shown(id).ended?.reason
        assert.equal(reason, 'secretMissing', `there was no secret, and ended gives the reason ${reason}`)
      }
    },
  }),
  law({
    id: 'secret-again',
    says: 'if the system refuses a secret, the same activation asks again, as attempt 2, and the right answer brings the link up (N3)',
    needs: ['needSecret'],
    async run(testBed) {
      const { live, id, right, wrong } = await prepare(testBed)
      if (wrong === null) return testBed.cannotRun('the system cannot tell that a secret is wrong')
      const { asked, secret } = answering(wrong, right)
      const activation = await testBed.call('activate', () =>
        live.backend.activate(id, { ...neverAborted, secret }),
      )
      await testBed.waitUntilUp(live, id)
      assert.deepEqual(
        asked.map(({ attempt }) => attempt),
        [1, 2],
        'the attempts were numbered otherwise',
      )
      assert.equal(live.shown(id).activation, activation, 'another activation came up')
    },
  }),
  law({
    id: 'secret-withdrawn',
    says: 'an activation that is taken down while it waits for a secret aborts the signal of the question (N4)',
    needs: ['needSecret'],
    async run(testBed) {
      const { live, id } = await prepare(testBed)
      const signals: AbortSignal[] = []
      const secret: Activate['secret'] = (_, { signal }) => {
        signals.push(signal)
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      }
      const activation = await testBed.call('activate', () =>
        live.backend.activate(id, { ...neverAborted, secret }),
      )
      await testBed.waitUntil('a secret is asked for', () => signals.length > 0)
      assert.equal(signals[0]?.aborted, false, 'the signal was aborted before the activation was taken down')
      await testBed.call('deactivate', () => live.backend.deactivate(id, activation, neverAborted))
      await testBed.waitUntil('the signal of the question is aborted', () => signals[0]?.aborted === true)
      await testBed.waitUntilDown(live, id)
    },
  }),
  law({
    id: 'secret-unseen',
    says: 'a secret appears in no snapshot, in no log and in no error (N5)',
    needs: ['needSecret'],
    async run(testBed) {
      const { live, id, right, wrong } = await prepare(testBed)
      const { secret } = answering(...(wrong === null ? [] : [wrong]), right)
      const errors: unknown[] = []
      await live.backend.activate(id, { ...neverAborted, secret }).catch((error) => errors.push(error))
      if (errors.length === 0) await testBed.waitUntilUp(live, id)
      // The link is up or coming up: a second request gets what is there, or an error.
      await live.backend.activate(id, request).catch((error) => errors.push(error))
      await testBed.settle()
      const shown = inText([live.worlds, live.host.logged, errors])
      for (const value of [...Object.values(right), ...Object.values(wrong ?? {})])
        assert.ok(!isInText(shown, value), 'a secret appears in a snapshot, a log or an error')
    },
  }),
]

/** A backend, and a configuration that needs a secret. */
async function prepare(testBed: TestBed<'needSecret'>): Promise<NeedsSecret & { readonly live: Live }> {
  const live = await testBed.open()
  const given = await testBed.controls.needSecret()
  await testBed.waitUntil(
    `the snapshot shows ${JSON.stringify(given.id)}`,
    () => live.find(given.id) !== undefined,
  )
  return { ...given, live }
}

/** Answers each question with the next of these, then with null, and notes the questions. */
function answering(...answers: readonly (Readonly<Record<string, string>> | null)[]) {
  const asked: SecretRequest[] = []
  const secret: Activate['secret'] = async ({ id, fields, attempt }) => {
    asked.push({ id, fields: [...fields], attempt })
    return answers[asked.length - 1] ?? null
  }
  return { asked, secret }
}
