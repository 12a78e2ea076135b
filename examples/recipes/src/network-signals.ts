import { computed, type ReadonlySignal, signal } from '@preact/signals-core'
import type { ManagerLike, SessionLike, SessionState } from 'roamkit'
import { follow } from './follow.js'

interface NetworkSignals {
  readonly isOnline: ReadonlySignal<boolean>
  readonly state: ReadonlySignal<SessionState>
  readonly stop: () => void
}

/** Signals of a manager and a session, until `stop()`. */
export function networkSignals(manager: ManagerLike, session: SessionLike): NetworkSignals {
  const machine = signal(manager.getSnapshot())
  const link = signal(session.getSnapshot())
  const undos = [
    follow(manager, (snapshot) => (machine.value = snapshot)),
    follow(session, (snapshot) => (link.value = snapshot)),
  ]
  return {
    isOnline: computed(() => machine.value.isOnline),
    state: computed(() => link.value.state),
    stop() {
      for (const undo of undos) undo()
    },
  }
}
