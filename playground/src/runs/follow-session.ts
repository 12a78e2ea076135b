import type { NetworkConfiguration, NetworkConfigurationManager, NetworkSession } from '@roamkit/core'
import { activeConfiguration$, errors$, isOpen$, roamingStarted$, state$ } from '@roamkit/rx'
import { distinctUntilChanged, merge, Observable, skip, tap } from 'rxjs'
import { named } from '../text.js'
import type { Course } from './course.js'

/** Where to write what a session does. */
export interface Notes {
  readonly course: Course
  /** Comes before each entry; empty if there is only one session. */
  readonly label: string
  /** `lanes`: it is the session of the time line, too. */
  readonly into: 'log' | 'lanes'
}

/** Writes what a session does into a course, while it is subscribed. Emits nothing. */
export function followSession(
  manager: NetworkConfigurationManager,
  session: NetworkSession,
  { course, label, into }: Notes,
): Observable<never> {
  const nameOf = (identifier: string) =>
    identifier === '' ? '' : nameIn(manager.configurationFromIdentifier(identifier))
  return ignoreValues(
    state$(session).pipe(
      tap((state) => {
        if (into === 'lanes') course.turn('state', state)
        course.note('state', `${label}${state}`)
      }),
    ),
    isOpen$(session).pipe(
      skip(1),
      tap((isOpen) => course.note('note', `${label}the session is ${isOpen ? 'open' : 'closed'}`)),
    ),
    activeConfiguration$(session).pipe(
      distinctUntilChanged(),
      tap((identifier) => {
        const name = nameOf(identifier)
        if (into === 'lanes') course.turn('accessPoint', name)
        if (name !== '') course.note('note', `${label}uses ${name}`)
      }),
    ),
    roamingStarted$(session).pipe(
      tap(({ from, to, because, explanation }) => {
        const why = because === 'loss' ? 'the link is lost' : `better by ${explanation?.because ?? 'ranking'}`
        course.note('roam', `${label}roaming from ${nameIn(from)} to ${nameIn(to)}: ${why}`)
      }),
    ),
    errors$(session).pipe(
      tap(({ code, reason }) => course.note('error', `${label}error: ${code} (${reason})`)),
    ),
  )
}

/** The name of a configuration, for a sentence. */
export function nameIn({ name, identifier }: NetworkConfiguration): string {
  return named(name === '' ? identifier : name)
}

function ignoreValues(...streams: readonly Observable<unknown>[]): Observable<never> {
  return new Observable((subscriber) =>
    merge(...streams).subscribe({ error: (error: unknown) => subscriber.error(error) }),
  )
}
