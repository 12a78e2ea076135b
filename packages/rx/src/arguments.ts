import { observable } from '@roamkit/core'
import { checkArgument, type Expected, expected } from '@roamkit/core/backend-kit'
import { isObservable } from 'rxjs'

const session = expected.having('a NetworkSession', 'getSnapshot', 'open', observable)

/** The arguments of this package and what they must be. Recognised by their members, because two copies of core may be loaded. */
const ARGUMENTS = {
  session,
  manager: expected.having('a NetworkConfigurationManager', 'getSnapshot', 'createSession', observable),
  source: expected.having('a NetworkSession or a NetworkConfigurationManager', 'getSnapshot', observable),
  gate: either('a NetworkSession, a session$ or a stream of booleans'),
  links: either('a NetworkSession, a session$ or a stream of what tells links apart'),
  stream: { wants: 'a stream', holds: isObservable },
  function: expected.callback,
} as const satisfies Record<string, Expected>

/**
 * Checks an argument of a function of this package.
 * @throws TypeError that names the argument, what it must be and what was given
 */
export function check(call: string, argument: keyof typeof ARGUMENTS, value: unknown): void {
  checkArgument(`the ${argument} of ${call}()`, value, ARGUMENTS[argument])
}

const followed = either('a NetworkSession or a session$')

/** Checks what a stream of a session follows. @throws as {@link check} */
export function checkFollowed(call: string, value: unknown): void {
  checkArgument(`the session of ${call}()`, value, followed)
}

function either(wants: string): Expected {
  return { wants, holds: (value) => isObservable(value) || session.holds(value) }
}
