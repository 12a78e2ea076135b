import {
  asyncDispose,
  type Backend,
  BackendError,
  type BackendErrorCode,
  type Traffic,
} from '@roamkit/core/contract'
import { neverAborted, request } from '../test-bed/test-bed.js'
import { every, findConfiguration, type Mutant, mutateBackend } from './mutant.js'

/** Backends whose commands break the contract. */
export const commandMutants: readonly Mutant[] = [
  mutateBackend('answers-with-a-path', 'activate-accepted', (backend) => ({
    activate: async (id, call) => `/activations/${await backend.activate(id, call)}`,
  })),
  mutateBackend('waits-for-the-link', 'activate-does-not-wait', (backend, host) => ({
    async activate(id, call) {
      const activation = await backend.activate(id, call)
      await new Promise<void>((resolve) => {
        const stop = every(host, 10, () => {
          if (findConfiguration(backend, id)?.link === 'activating') return
          stop()
          resolve()
        })
      })
      return activation
    },
  })),
  mutateBackend('starts-again-what-is-up', 'activate-up', (backend) => ({
    async activate(id, call) {
      const { link, activation } = findConfiguration(backend, id) ?? {}
      if (link === 'up' && activation) await backend.deactivate(id, activation, call)
      return backend.activate(id, call)
    },
  })),
  mutateBackend('answers-each-with-another-name', 'activate-under-way', (backend) => {
    let answers = 0
    return {
      async activate(id, call) {
        answers += 1
        return `${await backend.activate(id, call)}/${answers}`
      },
    }
  }),
  mutateErrors('fails-in-plain-words', 'activate-unknown', (error) => new Error(error.message)),
  mutateErrors('calls-a-refusal-a-failure', 'activate-denied', ({ code, message }) =>
    code === 'ERR_DENIED' ? new BackendError('ERR_ACTIVATION_FAILED', message) : null,
  ),
  mutateBackend('hears-no-signal', 'activate-aborted-before', (backend) => ({
    activate: (id) => backend.activate(id, request),
  })),
  mutateBackend('undoes-what-was-given-up', 'activate-aborted-waiting', (backend) => ({
    activate(id, call) {
      const late = backend.activate(id, request)
      const undo = async (activation: string) => {
        if (call.signal.aborted) await backend.deactivate(id, activation, neverAborted)
        return activation
      }
      const given = new Promise<never>((_, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason))
      })
      return Promise.race([late.then(undo), given])
    },
  })),
  mutateBackend('binds-links-to-signals', 'activate-aborted-after', (backend) => ({
    async activate(id, call) {
      const activation = await backend.activate(id, call)
      call.signal.addEventListener('abort', () => void backend.deactivate(id, activation, neverAborted))
      return activation
    },
  })),
  mutateBackend('gives-up', 'activate-no-deadline', (backend, host) => ({
    activate: (id, call) =>
      new Promise((resolve, reject) => {
        const late = new BackendError('ERR_TIMED_OUT', `${id}: no answer within 25 s`)
        const undo = host.clock.after(25_000, () => reject(late))
        backend.activate(id, call).then(resolve, reject).finally(undo)
      }),
  })),
  mutateBackend('takes-nothing-down', 'deactivate-takes-down', () => ({ deactivate: async () => {} })),
  mutateBackend('takes-down-only-what-is-up', 'deactivate-under-way', (backend) => ({
    async deactivate(id, activation, call) {
      if (findConfiguration(backend, id)?.link !== 'activating')
        await backend.deactivate(id, activation, call)
    },
  })),
  mutateBackend('takes-down-whatever-is-up', 'deactivate-superseded', (backend) => ({
    deactivate: (id, _, call) =>
      backend.deactivate(id, findConfiguration(backend, id)?.activation ?? '', call),
  })),
  mutateBackend('renews-instead', 'deactivate-superseded', (backend) => ({
    async deactivate(id, activation, call) {
      const present = findConfiguration(backend, id)?.activation ?? ''
      await backend.deactivate(id, present, call)
      if (activation !== present) await backend.activate(id, { ...call, secret: null })
    },
  })),
  mutateBackend('complains-of-what-is-gone', 'deactivate-gone', (backend) => ({
    async deactivate(id, activation, call) {
      if (findConfiguration(backend, id)?.link === 'down')
        throw new BackendError('ERR_ACTIVATION_FAILED', 'not active')
      await backend.deactivate(id, activation, call)
    },
  })),
  mutateBackend('complains-of-what-never-was', 'deactivate-never-was', (backend) => ({
    async deactivate(id, activation, call) {
      if (activation === 'no such activation') throw new BackendError('ERR_ACTIVATION_FAILED', 'not active')
      await backend.deactivate(id, activation, call)
    },
  })),
  mutateBackend('asks-for-permission-first', 'deactivate-needs-no-permission', (backend) => ({
    async deactivate(id, activation, call) {
      if (activation !== findConfiguration(backend, id)?.activation)
        throw new BackendError('ERR_DENIED', 'not yours')
      await backend.deactivate(id, activation, call)
    },
  })),
  mutateBackend('takes-unknown-for-gone', 'deactivate-unknown', (backend) => ({
    async deactivate(id, activation, call) {
      if (findConfiguration(backend, id)) await backend.deactivate(id, activation, call)
    },
  })),
  swallowErrors('hides-refusals', 'deactivate-denied', 'ERR_DENIED'),
  swallowErrors('pretends-to-stop', 'deactivate-not-supported', 'ERR_NOT_SUPPORTED'),
  mutateBackend('stops-regardless', 'deactivate-aborted', (backend) => ({
    deactivate: (id, activation) => backend.deactivate(id, activation, neverAborted),
  })),
  mutateBackend('promises-scans', 'scan-truth', () => ({ scan: () => Promise.reject(notSupported()) })),
  mutateBackend('scans-regardless', 'scan-aborted', (backend) => ({
    scan: () => backend.scan(neverAborted),
  })),
  mutateBackend('scans-nothing', 'scan-finds', () => ({ scan: async () => {} })),
  mutateBackend('promises-rechecks', 'recheck-truth', () => ({
    recheck: () => Promise.reject(notSupported()),
  })),
  mutateBackend('rechecks-anything', 'recheck-unknown', () => ({ recheck: async () => {} })),
  mutateBackend('rechecks-regardless', 'recheck-aborted', (backend) => ({
    recheck: (id) => backend.recheck(id, neverAborted),
  })),
  mutateBackend('counts-nothing', 'statistics-truth', () => ({ traffic: () => null })),
  mutateBackend('counts-for-strangers', 'traffic-unknown', (backend) => ({
    traffic: (id) => (findConfiguration(backend, id) ? backend.traffic(id) : { received: 0, written: 0 }),
  })),
  mutateBackend('counts-for-everyone', 'traffic-null', (backend) => ({
    traffic: (id) => backend.traffic(id) ?? { received: 0, written: 0 },
  })),
  mutateBackend('counts-once', 'traffic-fresh', (backend) => {
    const counted = new Map<string, ReturnType<Backend['traffic']>>()
    return {
      traffic(id) {
        if (!counted.get(id)) counted.set(id, backend.traffic(id))
        return counted.get(id) ?? null
      },
    }
  }),
  mutateBackend('sends-by-the-default-route', 'direct-routing', (backend) => ({
    traffic(id) {
      const up = backend.snapshot().configurations.filter((one) => one.link === 'up')
      const counted = backend.traffic(id)
      return counted && { ...counted, written: up[0]?.id === id ? sumBytes(backend, 'written') : 0 }
    },
  })),
  mutateBackend('counts-for-all-links', 'direct-routing', (backend) => ({
    traffic(id) {
      const counted = backend.traffic(id)
      return counted && { ...counted, received: sumBytes(backend, 'received') }
    },
  })),
]

/** Backends that handle the loss of their service, or disposal, wrongly. */
export const endingMutants: readonly Mutant[] = [
  mutateBackend('scans-what-is-lost', 'service-lost-refuses', (backend) => ({
    async scan(call) {
      if (backend.snapshot().service === 'ready') await backend.scan(call)
    },
  })),
  hangOnError('hangs-when-lost', 'service-lost-settles', 'ERR_SERVICE_LOST'),
  mutateBackend('stays-away', 'service-back-works', (backend) => {
    let wasLost = false
    return {
      snapshot() {
        wasLost ||= backend.snapshot().service === 'lost'
        return backend.snapshot()
      },
      async deactivate(id, activation, call) {
        if (wasLost) throw new BackendError('ERR_SERVICE_LOST', 'it was away')
        await backend.deactivate(id, activation, call)
      },
    }
  }),
  mutateBackend('looks-at-the-signal-first', 'refusal-order', (backend) => ({
    async activate(id, call) {
      call.signal.throwIfAborted()
      return backend.activate(id, call)
    },
  })),
  mutateBackend('looks-for-the-configuration-first', 'refusal-order-lost', (backend) => ({
    async activate(id, call) {
      const isKnown = call.signal.aborted || findConfiguration(backend, id)
      if (!isKnown) throw new BackendError('ERR_UNKNOWN_CONFIGURATION', 'never heard of it')
      return backend.activate(id, call)
    },
  })),
  mutateBackend('ends-once', 'dispose-twice', (backend) => {
    let isOver = false
    return {
      async [asyncDispose]() {
        if (isOver) throw new Error('it is over')
        isOver = true
        await backend[asyncDispose]()
      },
    }
  }),
  mutateErrors('serves-when-it-is-over', 'dispose-refuses', (error) =>
    error.code === 'ERR_CLOSED' ? new BackendError('ERR_SERVICE_LOST', error.message) : null,
  ),
  hangOnError('hangs-when-over', 'dispose-settles', 'ERR_CLOSED'),
  mutateBackend('leaves-a-timer', 'dispose-stops-timers', (backend, host) => ({
    async [asyncDispose]() {
      host.clock.after(60_000, () => {})
      await backend[asyncDispose]()
    },
  })),
  mutateBackend('goes-on-waiting', 'dispose-stops-waiting', (backend, host) => ({
    async [asyncDispose]() {
      if (backend.snapshot().service === 'lost') host.clock.after(60_000, () => {})
      await backend[asyncDispose]()
    },
  })),
  mutateBackend('takes-its-links-along', 'dispose-leaves-links', (backend) => {
    const ours = new Map<string, string>()
    return {
      async activate(id, call) {
        const activation = await backend.activate(id, call)
        ours.set(id, activation)
        return activation
      },
      async [asyncDispose]() {
        const taken = [...ours].map(([id, activation]) => backend.deactivate(id, activation, neverAborted))
        await Promise.allSettled(taken)
        await backend[asyncDispose]()
      },
    }
  }),
]

/** A mutant whose activations fail with another error. `null` keeps the error. */
function mutateErrors(id: string, breaks: string, other: (error: BackendError) => Error | null): Mutant {
  return mutateBackend(id, breaks, (backend) => ({
    activate: (configuration, call) =>
      backend.activate(configuration, call).catch((error) => Promise.reject(other(error) ?? error)),
  }))
}

/** A mutant whose deactivations resolve instead of rejecting with that code. */
function swallowErrors(id: string, breaks: string, code: BackendErrorCode): Mutant {
  return mutateBackend(id, breaks, (backend) => ({
    async deactivate(configuration, activation, call) {
      try {
        await backend.deactivate(configuration, activation, call)
      } catch (error) {
        if ((error as BackendError).code !== code) throw error
      }
    },
  }))
}

/** A mutant whose activations never settle instead of rejecting with that code. */
function hangOnError(id: string, breaks: string, code: BackendErrorCode): Mutant {
  return mutateBackend(id, breaks, (backend) => ({
    activate: (configuration, call) =>
      backend
        .activate(configuration, call)
        .catch((error: BackendError) =>
          error.code === code ? new Promise(() => {}) : Promise.reject(error),
        ),
  }))
}

/** The bytes that all links together have sent or received. */
function sumBytes(backend: Backend, direction: keyof Traffic): number {
  const { configurations } = backend.snapshot()
  return configurations.reduce((sum, { id }) => sum + (backend.traffic(id)?.[direction] ?? 0), 0)
}

function notSupported(): BackendError {
  return new BackendError('ERR_NOT_SUPPORTED', 'it cannot')
}
