import { BackendError } from '@roamkit/core/contract'
import { neverAborted } from '../test-bed/test-bed.js'
import { findConfiguration, type Mutant, mutateBackend, mutateConfigurations, openWith } from './mutant.js'

/** Backends that store and delete wrongly. */
export const storingMutants: readonly Mutant[] = [
  {
    id: 'promises-to-forget',
    breaks: 'storing-offered',
    wrap: (driver) =>
      openWith(driver, async (host, call) => {
        const { forget: _, ...backend } = await driver.open(host, call)
        return backend
      }),
  },
  mutateBackend('saves-anything', 'storing-unknown', (backend) => ({
    async save(id, call) {
      if (findConfiguration(backend, id)) await backend.save?.(id, call)
    },
  })),
  mutateBackend('forgets-anything', 'storing-unknown', (backend) => ({
    async forget(id, call) {
      if (findConfiguration(backend, id)) await backend.forget?.(id, call)
    },
  })),
  mutateBackend('forgets-regardless', 'storing-aborted', (backend) => ({
    forget: async (id) => backend.forget?.(id, neverAborted),
  })),
  mutateBackend('saves-although-aborted', 'storing-aborted', (backend) => ({
    async save(id, call) {
      await backend.save?.(id, neverAborted)
      call.signal.throwIfAborted()
    },
  })),
  mutateBackend('calls-a-refusal-unsupported', 'storing-denied', (backend) => ({
    save: async (id, call) =>
      backend.save?.(id, call).catch((error: BackendError) => {
        if (error.code !== 'ERR_DENIED') throw error
        throw new BackendError('ERR_NOT_SUPPORTED', error.message)
      }),
  })),
  mutateBackend('saves-nothing', 'save-stores', () => ({ save: async () => {} })),
  mutateBackend('saves-once', 'save-saved', (backend) => ({
    async save(id, call) {
      if (findConfiguration(backend, id)?.saved)
        throw new BackendError('ERR_NOT_SUPPORTED', 'it is saved already')
      await backend.save?.(id, call)
    },
  })),
  mutateBackend('only-pretends-to-forget', 'forget-deletes', () => ({ forget: async () => {} })),
  mutateBackend('spares-what-is-in-use', 'forget-in-use', (backend) => ({
    async forget(id, call) {
      if (findConfiguration(backend, id)?.link === 'down') await backend.forget?.(id, call)
    },
  })),
  mutateBackend('complains-of-what-is-not-stored', 'forget-unsaved', (backend) => ({
    async forget(id, call) {
      if (findConfiguration(backend, id)?.saved === false)
        throw new BackendError('ERR_NOT_SUPPORTED', 'nothing is stored')
      await backend.forget?.(id, call)
    },
  })),
  mutateConfigurations('calls-everything-saved', 'forget-unsaved', () => ({ saved: true })),
]
