import type { Activate, Backend, LinkConfiguration } from '@roamkit/core/contract'
import { onTestFinished } from 'vitest'
import { connmanOver } from '../../src/connman/connman.js'
import type { ConnmanOptions } from '../../src/connman/options.js'
import { ManualClock, settle } from '../manual-clock.js'
import type { FakeConnman } from './fake-connman.js'

/** A backend on the FAKE ConnMan, and what a test does with it. */
export interface Bench {
  readonly backend: Backend
  readonly clock: ManualClock
  /** What was logged. */
  readonly logged: (readonly [event: string, detail: unknown])[]
  /** What the snapshot shows of a service; throws if it is not listed. */
  shown(id: string): LinkConfiguration
  activate(id: string, secret?: Activate['secret']): Promise<string>
}

/** A request that nothing aborts. */
export const call = () => ({ signal: new AbortController().signal })

/** Opens a backend, which is disposed when the test is over. */
export async function open(connman: FakeConnman, options: ConnmanOptions = {}): Promise<Bench> {
  const clock = new ManualClock()
  const logged: [string, unknown][] = []
  const host = {
    clock,
    changed: () => undefined,
    log: (event: string, detail?: unknown) => void logged.push([event, detail]),
  }
  const backend = await connmanOver(connman.connect, { sys: '/nowhere', ...options }).open(host, call())
  onTestFinished(() => backend[Symbol.asyncDispose]())
  return {
    backend,
    clock,
    logged,
    shown(id) {
      const found = backend.snapshot().configurations.find((one) => one.id === id)
      if (!found) throw new Error(`the snapshot does not show ${id}`)
      return found
    },
    async activate(id, secret = null) {
      const activation = await backend.activate(id, { ...call(), secret })
      await settle()
      return activation
    },
  }
}
