import type { Deadlines } from '../src/primitives/time/deadlines.js'

const ORDER = ['activation', 'teardown', 'stopWord', 'wait', 'grace', 'offer', 'trial', 'dwell', 'reopen']

/** The time that an input says is over: that it is gone then goes without saying. */
export function overIn(input: { readonly type: string; readonly timer?: string }): string | null {
  return input.type === 'timer' ? (input.timer ?? null) : null
}

/** What a step did to the times of a session: `start grace`, `pause trial` ... */
export function timesInWords<Name extends string>(
  before: Deadlines<Name>,
  after: Deadlines<Name>,
  over: string | null,
): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return names
    .sort((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other))
    .flatMap((name) => {
      const [was, is] = [before.get(name), after.get(name)]
      if (was === is) return []
      if (is === undefined) return name === over ? [] : [`stop ${name}`]
      if ('left' in is) return [`pause ${name}`]
      return [was !== undefined && 'left' in was ? `resume ${name}` : `start ${name}`]
    })
}
