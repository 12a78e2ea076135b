import { observable } from '@roamkit/core'
import { checkArgument, type Expected, expected } from '@roamkit/core/contract'
import { isObservable } from 'rxjs'

const session = expected.having('a NetworkSession', 'getSnapshot', 'open', observable)

/** What the arguments of this package are called, and must be: told by what they can do, for two copies of core may be loaded. */
const ARGUMENTS = {
  session,
  manager: expected.having('a NetworkConfigurationManager', 'getSnapshot', 'createSession', observable),
  source: expected.having('a NetworkSession or a NetworkConfigurationManager', 'getSnapshot', observable),
  gate: either('a NetworkSession or a stream of booleans'),
  links: either('a NetworkSession or a stream of what tells links apart'),
  stream: { wants: 'a stream', holds: isObservable },
  function: expected.callback,
} as const satisfies Record<string, Expected>

/** Refuses an argument of a function of this package. @throws TypeError: it names both, what is wanted and what was given */
export function check(call: string, argument: keyof typeof ARGUMENTS, value: unknown): void {
  checkArgument(`the ${argument} of ${call}()`, value, ARGUMENTS[argument])
}

function either(wants: string): Expected {
  return { wants, holds: (value) => isObservable(value) || session.holds(value) }
}
