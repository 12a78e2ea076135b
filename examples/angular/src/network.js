import { computed } from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { online$, select$ } from '@roamkit/rx'

/**
 * The state of the machine and of a session as signals, for an injection context: a component, or a service. No zone is needed,
 * and `requireSync` holds, because state streams have a value at once. The subscriptions end with the context.
 *
 * @param {import('@roamkit/core').NetworkConfigurationManager} manager
 * @param {import('@roamkit/core').NetworkSession} session
 */
export function networkSignals(manager, session) {
  const isOnline = toSignal(online$(manager), { requireSync: true })
  const status = toSignal(
    select$(session, ({ state, isOpen, interface: link }) => ({ state, isOpen, device: link?.name ?? null })),
    { requireSync: true },
  )
  return {
    isOnline,
    state: computed(() => status().state),
    isOpen: computed(() => status().isOpen),
    device: computed(() => status().device),
    summary: computed(
      () => `${isOnline() ? 'online' : 'offline'}, ${status().state} by ${status().device ?? 'nothing'}`,
    ),
  }
}
