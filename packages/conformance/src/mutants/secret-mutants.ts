import { type Activate, BackendError } from '@roamkit/core/contract'
import { neverAborted } from '../test-bed/test-bed.js'
import { type Mutant, mutateBackend, mutateConfigurations } from './mutant.js'

/** Backends that handle secrets wrongly. */
export const secretMutants: readonly Mutant[] = [
  mutateSecret('never-asks', 'secret-asked', () => null),
  mutateSecret('asks-for-something-else', 'secret-asked', (secret) =>
    secret === null ? null : (ask, call) => secret({ ...ask, fields: ['password', ...ask.fields] }, call),
  ),
  mutateBackend('asks-always', 'secret-only-when-needed', (backend) => ({
    async activate(id, request) {
      await request.secret?.({ id, fields: ['psk'], attempt: 1 }, request)
      return backend.activate(id, request)
    },
  })),
  mutateConfigurations('calls-a-missing-secret-wrong', 'secret-missing', ({ ended }) =>
    ended?.reason === 'secretMissing' ? { ended: Object.freeze({ ...ended, reason: 'secretWrong' }) } : {},
  ),
  mutateSecret('counts-no-attempts', 'secret-again', (secret) =>
    secret === null ? null : (ask, call) => secret({ ...ask, attempt: 1 }, call),
  ),
  mutateSecret('asks-once', 'secret-again', (secret) => {
    let questions = 0
    return async (ask, call) => {
      questions += 1
      return questions > 1 || secret === null ? null : secret(ask, call)
    }
  }),
  mutateSecret('never-takes-a-question-back', 'secret-withdrawn', (secret) =>
    secret === null ? null : (ask) => secret(ask, neverAborted),
  ),
  mutateBackend('logs-the-answer', 'secret-unseen', (backend, host) => ({
    activate: (id, request) =>
      backend.activate(id, {
        ...request,
        async secret(ask, call) {
          const answer = (await request.secret?.(ask, call)) ?? null
          host.log('answered', { answer })
          return answer
        },
      }),
  })),
  mutateBackend('quotes-the-answer', 'secret-unseen', (backend) => {
    let last = ''
    return {
      async activate(id, request) {
        if (request.secret === null && last !== '')
          throw new BackendError('ERR_ACTIVATION_FAILED', `${id} is up with ${last}`)
        return backend.activate(id, {
          ...request,
          async secret(ask, call) {
            const answer = (await request.secret?.(ask, call)) ?? null
            last = JSON.stringify(answer)
            return answer
          },
        })
      },
    }
  }),
]

/** A mutant whose activations ask otherwise. */
function mutateSecret(
  id: string,
  breaks: string,
  other: (secret: Activate['secret']) => Activate['secret'],
): Mutant {
  return mutateBackend(id, breaks, (backend) => ({
    activate: (configuration, request) =>
      backend.activate(configuration, { ...request, secret: other(request.secret) }),
  }))
}
