import { asyncDispose, type Held, type Holders } from '@roamkit/core/contract'
import { neverAborted } from '../test-bed/test-bed.js'
import { type Mutant, mutateBackend } from './mutant.js'

/** Backends that count the holders of a link wrongly. */
export const holderMutants: readonly Mutant[] = [
  mutateHolders('lets-everybody-in', 'holders-exclude', (real) => ({
    locked: async (scope, id, run, call) => run(await real.locked(scope, id, async (held) => held, call)),
  })),
  mutateHeld('counts-no-others', 'holders-count', () => ({ others: 0 })),
  mutateHeld('remembers-roughly', 'holders-remember', ({ owned }) => ({
    owned: owned?.toUpperCase() ?? null,
  })),
  mutateHolders('remembers-the-dead', 'holders-die', (real) => {
    let most = 0
    return {
      locked: (scope, id, run, call) =>
        real.locked(
          scope,
          id,
          (held) => {
            most = Math.max(most, held.others)
            return run({ ...held, others: most })
          },
          call,
        ),
    }
  }),
  mutateHeld('excludes-no-others', 'holders-exclude-others', () => ({ exclude: async () => true })),
  mutateHeld('excludes-itself', 'holders-exclude-others', () => ({ exclude: async () => false })),
  mutateHeld('stops-in-silence', 'holders-stopping', () => ({ stopping: () => {} })),
  mutateHolders('waits-for-ever', 'holders-abort', (real) => ({
    locked: (scope, id, run) => real.locked(scope, id, run, neverAborted),
  })),
  mutateBackend('never-leaves', 'holders-dispose', () => ({ [asyncDispose]: async () => {} })),
]

function mutateHeld(id: string, breaks: string, bend: (held: Held) => Partial<Held>): Mutant {
  return mutateHolders(id, breaks, (real) => ({
    locked: (scope, link, run, call) =>
      real.locked(scope, link, (held) => run({ ...held, ...bend(held) }), call),
  }))
}

function mutateHolders(id: string, breaks: string, bend: (real: Holders) => Partial<Holders>): Mutant {
  return mutateBackend(id, breaks, ({ holders }) => {
    if (holders === null) return {}
    const delegate: Holders = {
      span: holders.span,
      get certainty() {
        return holders.certainty
      },
      locked: (scope, link, run, call) => holders.locked(scope, link, run, call),
      watch: (scope, link, stopped) => holders.watch(scope, link, stopped),
      list: (scope, link) => holders.list(scope, link),
      [asyncDispose]: async () => holders[asyncDispose](),
    }
    return { holders: { ...delegate, ...bend(holders) } }
  })
}
