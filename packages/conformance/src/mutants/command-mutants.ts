import { asyncDispose, type Backend, BackendError, type BackendErrorCode } from '@roamkit/core/contract'
import { patient, request } from '../test-bed/test-bed.js'
import { bent, every, found, type Mutant } from './mutant.js'

/** Backends whose commands do something else than the contract says. */
export const commandMutants: readonly Mutant[] = [
  bent('answers-with-a-path', 'activate-accepted', (backend) => ({
    activate: async (id, call) => `/activations/${await backend.activate(id, call)}`,
  })),
  bent('waits-for-the-link', 'activate-does-not-wait', (backend, host) => ({
    async activate(id, call) {
      const activation = await backend.activate(id, call)
      await new Promise<void>((resolve) => {
        const stop = every(host, 10, () => {
          if (found(backend, id)?.link === 'activating') return
          stop()
          resolve()
        })
      })
      return activation
    },
  })),
  bent('starts-again-what-is-up', 'activate-up', (backend) => ({
    async activate(id, call) {
      const { link, activation } = found(backend, id) ?? {}
      if (link === 'up' && activation) await backend.deactivate(id, activation, call)
      return backend.activate(id, call)
    },
  })),
  bent('answers-each-anew', 'activate-under-way', (backend) => {
    let answers = 0
    return {
      async activate(id, call) {
        answers += 1
        return `${await backend.activate(id, call)}/${answers}`
      },
    }
  }),
  failing('fails-in-plain-words', 'activate-unknown', (error) => new Error(error.message)),
  failing('calls-a-refusal-a-failure', 'activate-denied', ({ code, message }) =>
    code === 'ERR_DENIED' ? new BackendError('ERR_ACTIVATION_FAILED', message) : null,
  ),
  bent('hears-no-signal', 'activate-aborted-before', (backend) => ({
    activate: (id) => backend.activate(id, request),
  })),
  bent('undoes-what-was-given-up', 'activate-aborted-waiting', (backend) => ({
    activate(id, call) {
      const late = backend.activate(id, request)
      const undo = async (activation: string) => {
        if (call.signal.aborted) await backend.deactivate(id, activation, patient)
        return activation
      }
      const given = new Promise<never>((_, reject) => {
        call.signal.addEventListener('abort', () => reject(call.signal.reason))
      })
      return Promise.race([late.then(undo), given])
    },
  })),
  bent('binds-links-to-signals', 'activate-aborted-after', (backend) => ({
    async activate(id, call) {
      const activation = await backend.activate(id, call)
      call.signal.addEventListener('abort', () => void backend.deactivate(id, activation, patient))
      return activation
    },
  })),
  bent('gives-up', 'activate-no-deadline', (backend, host) => ({
    activate: (id, call) =>
      new Promise((resolve, reject) => {
        const late = new BackendError('ERR_TIMED_OUT', `${id}: no answer within 25 s`)
        const undo = host.clock.after(25_000, () => reject(late))
        backend.activate(id, call).then(resolve, reject).finally(undo)
      }),
  })),
  bent('takes-nothing-down', 'deactivate-takes-down', () => ({ deactivate: async () => {} })),
  bent('takes-down-only-what-is-up', 'deactivate-under-way', (backend) => ({
    async deactivate(id, activation, call) {
      if (found(backend, id)?.link !== 'activating') await backend.deactivate(id, activation, call)
    },
  })),
  bent('takes-down-whatever-is-up', 'deactivate-superseded', (backend) => ({
    deactivate: (id, _, call) => backend.deactivate(id, found(backend, id)?.activation ?? '', call),
  })),
  bent('complains-of-what-is-gone', 'deactivate-gone', (backend) => ({
    async deactivate(id, activation, call) {
      if (found(backend, id)?.link === 'down') throw new BackendError('ERR_ACTIVATION_FAILED', 'not active')
      await backend.deactivate(id, activation, call)
    },
  })),
  bent('complains-of-what-never-was', 'deactivate-never-was', (backend) => ({
    async deactivate(id, activation, call) {
      if (activation === 'no such activation') throw new BackendError('ERR_ACTIVATION_FAILED', 'not active')
      await backend.deactivate(id, activation, call)
    },
  })),
  bent('asks-for-permission-first', 'deactivate-asks-nobody', (backend) => ({
    async deactivate(id, activation, call) {
      if (activation !== found(backend, id)?.activation) throw new BackendError('ERR_DENIED', 'not yours')
      await backend.deactivate(id, activation, call)
    },
  })),
  bent('takes-unknown-for-gone', 'deactivate-unknown', (backend) => ({
    async deactivate(id, activation, call) {
      if (found(backend, id)) await backend.deactivate(id, activation, call)
    },
  })),
  swallowing('hides-refusals', 'deactivate-denied', 'ERR_DENIED'),
  swallowing('pretends-to-stop', 'deactivate-not-supported', 'ERR_NOT_SUPPORTED'),
  bent('stops-regardless', 'deactivate-aborted', (backend) => ({
    deactivate: (id, activation) => backend.deactivate(id, activation, patient),
  })),
  bent('promises-scans', 'scan-truth', () => ({ scan: () => Promise.reject(notSupported()) })),
  bent('scans-regardless', 'scan-aborted', (backend) => ({ scan: () => backend.scan(patient) })),
  bent('scans-nothing', 'scan-finds', () => ({ scan: async () => {} })),
  bent('promises-rechecks', 'recheck-truth', () => ({ recheck: () => Promise.reject(notSupported()) })),
  bent('rechecks-anything', 'recheck-unknown', () => ({ recheck: async () => {} })),
  bent('rechecks-regardless', 'recheck-aborted', (backend) => ({
    recheck: (id) => backend.recheck(id, patient),
  })),
  bent('counts-nothing', 'statistics-truth', () => ({ traffic: () => null })),
  bent('counts-for-strangers', 'traffic-unknown', (backend) => ({
    traffic: (id) => (found(backend, id) ? backend.traffic(id) : { received: 0, written: 0 }),
  })),
  bent('counts-for-everyone', 'traffic-null', (backend) => ({
    traffic: (id) => backend.traffic(id) ?? { received: 0, written: 0 },
  })),
  bent('counts-once', 'traffic-fresh', (backend) => {
    const counted = new Map<string, ReturnType<Backend['traffic']>>()
    return {
      traffic(id) {
        if (!counted.get(id)) counted.set(id, backend.traffic(id))
        return counted.get(id) ?? null
      },
    }
  }),
]

/** Backends that cannot lose their service, or end. */
export const endingMutants: readonly Mutant[] = [
  bent('scans-what-is-lost', 'service-lost-refuses', (backend) => ({
    async scan(call) {
      if (backend.snapshot().service === 'ready') await backend.scan(call)
    },
  })),
  hanging('hangs-when-lost', 'service-lost-settles', 'ERR_SERVICE_LOST'),
  bent('stays-away', 'service-back-works', (backend) => {
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
  bent('looks-at-the-signal-first', 'refusal-order', (backend) => ({
    async activate(id, call) {
      call.signal.throwIfAborted()
      return backend.activate(id, call)
    },
  })),
  bent('looks-for-the-configuration-first', 'refusal-order-lost', (backend) => ({
    async activate(id, call) {
      const isKnown = call.signal.aborted || found(backend, id)
      if (!isKnown) throw new BackendError('ERR_UNKNOWN_CONFIGURATION', 'never heard of it')
      return backend.activate(id, call)
    },
  })),
  bent('ends-once', 'dispose-twice', (backend) => {
    let isOver = false
    return {
      async [asyncDispose]() {
        if (isOver) throw new Error('it is over')
        isOver = true
        await backend[asyncDispose]()
      },
    }
  }),
  failing('serves-when-it-is-over', 'dispose-refuses', (error) =>
    error.code === 'ERR_CLOSED' ? new BackendError('ERR_SERVICE_LOST', error.message) : null,
  ),
  hanging('hangs-when-over', 'dispose-settles', 'ERR_CLOSED'),
  bent('leaves-a-timer', 'dispose-stops-timers', (backend, host) => ({
    async [asyncDispose]() {
      host.clock.after(60_000, () => {})
      await backend[asyncDispose]()
    },
  })),
  bent('goes-on-waiting', 'dispose-stops-waiting', (backend, host) => ({
    async [asyncDispose]() {
      if (backend.snapshot().service === 'lost') host.clock.after(60_000, () => {})
      await backend[asyncDispose]()
    },
  })),
  bent('takes-its-links-along', 'dispose-leaves-links', (backend) => {
    const ours = new Map<string, string>()
    return {
      async activate(id, call) {
        const activation = await backend.activate(id, call)
        ours.set(id, activation)
        return activation
      },
      async [asyncDispose]() {
        const taken = [...ours].map(([id, activation]) => backend.deactivate(id, activation, patient))
        await Promise.allSettled(taken)
        await backend[asyncDispose]()
      },
    }
  }),
]

/** A mutant whose activations fail with another error; `null`: with the same. */
function failing(id: string, breaks: string, other: (error: BackendError) => Error | null): Mutant {
  return bent(id, breaks, (backend) => ({
    activate: (configuration, call) =>
      backend.activate(configuration, call).catch((error) => Promise.reject(other(error) ?? error)),
  }))
}

/** A mutant whose deactivations resolve where they should reject with that code. */
function swallowing(id: string, breaks: string, code: BackendErrorCode): Mutant {
  return bent(id, breaks, (backend) => ({
    async deactivate(configuration, activation, call) {
      try {
        await backend.deactivate(configuration, activation, call)
      } catch (error) {
        if ((error as BackendError).code !== code) throw error
      }
    },
  }))
}

/** A mutant whose activations never settle where they should reject with that code. */
function hanging(id: string, breaks: string, code: BackendErrorCode): Mutant {
  return bent(id, breaks, (backend) => ({
    activate: (configuration, call) =>
      backend
        .activate(configuration, call)
        .catch((error: BackendError) =>
          error.code === code ? new Promise(() => {}) : Promise.reject(error),
        ),
  }))
}

function notSupported(): BackendError {
  return new BackendError('ERR_NOT_SUPPORTED', 'it cannot')
}
