import { asyncDispose, type Held, type Holders } from '@roamkit/core/contract'
import { patient } from '../test-bed/test-bed.js'
import { bent, type Mutant } from './mutant.js'

/** Backends that count their holders wrongly. */
export const holderMutants: readonly Mutant[] = [
  miscounting('lets-everybody-in', 'holders-exclude', (real) => ({
    locked: async (scope, id, run, call) => run(await real.locked(scope, id, async (held) => held, call)),
  })),
  misheld('counts-nobody', 'holders-count', () => ({ others: 0 })),
  misheld('remembers-roughly', 'holders-remember', ({ owned }) => ({ owned: owned?.toUpperCase() ?? null })),
  miscounting('remembers-the-dead', 'holders-die', (real) => {
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
  misheld('excludes-nobody', 'holders-exclude-others', () => ({ exclude: async () => true })),
  misheld('excludes-itself', 'holders-exclude-others', () => ({ exclude: async () => false })),
  misheld('stops-in-silence', 'holders-stopping', () => ({ stopping: () => {} })),
  miscounting('waits-for-ever', 'holders-abort', (real) => ({
    locked: (scope, id, run) => real.locked(scope, id, run, patient),
  })),
  bent('never-leaves', 'holders-dispose', () => ({ [asyncDispose]: async () => {} })),
]

function misheld(id: string, breaks: string, bend: (held: Held) => Partial<Held>): Mutant {
  return miscounting(id, breaks, (real) => ({
    locked: (scope, link, run, call) =>
      real.locked(scope, link, (held) => run({ ...held, ...bend(held) }), call),
  }))
}

function miscounting(id: string, breaks: string, bend: (real: Holders) => Partial<Holders>): Mutant {
  return bent(id, breaks, ({ holders }) => {
    if (holders === null) return {}
    const faithful: Holders = {
      reach: holders.reach,
      get certainty() {
        return holders.certainty
      },
      locked: (scope, link, run, call) => holders.locked(scope, link, run, call),
      watch: (scope, link, stopped) => holders.watch(scope, link, stopped),
      list: (scope, link) => holders.list(scope, link),
      [asyncDispose]: async () => holders[asyncDispose](),
    }
    return { holders: { ...faithful, ...bend(holders) } }
  })
}
