import type { SessionEvent } from '@roamkit/backend-mock/trace'

/** What an event says, for people. Contains untrusted text: escape it. */
export function eventWords(event: SessionEvent): string {
  return 'says' in event ? event.says : event.configuration
}
