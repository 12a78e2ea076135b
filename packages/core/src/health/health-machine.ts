import type { Health, HealthPlan } from '../configurations/health-options.js'
import { doubled } from '../primitives/time/times.js'

/** What is done about a link's health at the moment. Times are by the clock, in milliseconds. */
export type HealthPhase =
  /** No session uses the link, so no check runs. A bad verdict is forgotten at `forgetAt`, so that the link gets another chance. */
  | { readonly kind: 'idle'; readonly forgetAt: number | null }
  /** The next check begins at that time; never, if there is none to make. */
  | { readonly kind: 'waiting'; readonly at: number }
  /** A check runs; it has failed if it has no result by then. */
  | { readonly kind: 'checking'; readonly check: number; readonly until: number }

/** What is known of one link. Pure data: the health machine is its only author. */
export interface LinkHealth {
  readonly verdict: Health
  /** Evidence in a row; one of the two is 0. */
  readonly successes: number
  readonly failures: number
  /** How often it turned bad without having been good for long in between: doubles the time until that is forgotten. */
  readonly relapses: number
  /** Since when the checks of a bad link cannot tell; `null`: they can. */
  readonly blindSince: number | null
  readonly phase: HealthPhase
  /** How many checks have begun: the number of the last one. */
  readonly checks: number
}

/** What happens to a link's health. */
export type HealthInput =
  /** A session that is open and connected uses it from now on. */
  | { readonly type: 'watched' }
  /** No such session uses it any longer, or the machine sleeps. */
  | { readonly type: 'unwatched' }
  /** It has another activation: what was in a row is so no longer. */
  | { readonly type: 'renewed' }
  /** The application's own traffic. */
  | { readonly type: 'reported'; readonly alive: boolean }
  /** The result of a check; `null`: the check could not tell. */
  | { readonly type: 'checked'; readonly check: number; readonly alive: boolean | null }
  /** A time may be over. */
  | { readonly type: 'due' }

/** What has to be done. */
export type HealthEffect =
  | { readonly type: 'check'; readonly check: number }
  /** The result of that check no longer matters. */
  | { readonly type: 'abort'; readonly check: number }

/** By which clock, and what the application wants. */
export interface HealthContext {
  readonly now: number
  readonly plan: HealthPlan
  /** How long a bad verdict of a link out of use holds the first time, and at most. */
  readonly retryAfter: number
  readonly retryAfterLimit: number
}

export const UNKNOWN_HEALTH: LinkHealth = Object.freeze<LinkHealth>({
  verdict: 'unknown',
  successes: 0,
  failures: 0,
  relapses: 0,
  blindSince: null,
  phase: { kind: 'idle', forgetAt: null },
  checks: 0,
})

/** One step of a link's health (rule L1). */
export function reduceHealth(
  health: LinkHealth,
  input: HealthInput,
  context: HealthContext,
): readonly [LinkHealth, readonly HealthEffect[]] {
  const { phase } = health
  switch (input.type) {
    case 'watched':
      if (phase.kind !== 'idle') return [health, NOTHING]
      return planned(health, context, context.now)
    case 'unwatched':
      if (phase.kind === 'idle') return [health, NOTHING]
      return [resting(health, context), aborting(phase)]
    case 'renewed': {
      const verdict = health.verdict === 'good' ? 'unknown' : health.verdict
      const renewed = { ...health, verdict, successes: 0, failures: 0, blindSince: null }
      if (phase.kind === 'idle') return [renewed, NOTHING]
      const [next, effects] = planned(renewed, context, context.now)
      return [next, [...aborting(phase), ...effects]]
    }
    case 'reported': {
      // Evidence postpones the next check; a check that runs gives evidence of its own.
      const known = withEvidence(health, input.alive, context)
      if (phase.kind === 'idle')
        return [known.verdict === health.verdict ? known : resting(known, context), NOTHING]
      return phase.kind === 'waiting' ? planned(known, context) : [known, NOTHING]
    }
    case 'checked':
      if (phase.kind !== 'checking' || phase.check !== input.check) return [health, NOTHING]
      return planned(withEvidence(health, input.alive, context), context)
    case 'due':
      return timeOver(health, context)
  }
}

/** When a time of it is over; `null`: never. */
export function nextHealthTime({ phase }: LinkHealth): number | null {
  switch (phase.kind) {
    case 'idle':
      return phase.forgetAt
    case 'waiting':
      return phase.at
    case 'checking':
      return phase.until
  }
}

const NOTHING: readonly HealthEffect[] = []

function timeOver(
  health: LinkHealth,
  context: HealthContext,
): readonly [LinkHealth, readonly HealthEffect[]] {
  const { phase } = health
  const at = nextHealthTime(health)
  if (at === null || at > context.now) return [health, NOTHING]
  switch (phase.kind) {
    case 'idle':
      return [{ ...forgotten(health), phase: { kind: 'idle', forgetAt: null } }, NOTHING]
    case 'waiting': {
      const check = health.checks + 1
      const until = context.now + context.plan.timeout
      return [
        { ...health, checks: check, phase: { kind: 'checking', check, until } },
        [{ type: 'check', check }],
      ]
    }
    case 'checking': {
      const [next, effects] = planned(withEvidence(health, false, context), context)
      return [next, [...aborting(phase), ...effects]]
    }
  }
}

/** Waits for the next check, which begins at that time. Without a check it waits for ever. */
function planned(
  health: LinkHealth,
  { now, plan }: HealthContext,
  at = now + pace(health, plan),
): readonly [LinkHealth, readonly HealthEffect[]] {
  const phase: HealthPhase = { kind: 'waiting', at: plan.check === null ? Number.POSITIVE_INFINITY : at }
  return [{ ...health, phase }, NOTHING]
}

/** Faster while it is in doubt whether the verdict still holds. */
function pace({ verdict, successes, failures }: LinkHealth, plan: HealthPlan): number {
  const isSettled = verdict === 'good' ? failures === 0 : verdict === 'bad' && successes === 0
  return isSettled ? plan.every : plan.everyInDoubt
}

function withEvidence(health: LinkHealth, alive: boolean | null, context: HealthContext): LinkHealth {
  if (alive === null) return withoutEvidence(health, context)
  const { plan } = context
  const successes = alive ? health.successes + 1 : 0
  const failures = alive ? 0 : health.failures + 1
  const known = { ...health, successes, failures, blindSince: null }
  // Good for as long as it takes to turn bad twice: its past is forgotten.
  const relapses = successes > 2 * plan.downAfter ? 0 : health.relapses
  if (successes >= plan.upAfter) return { ...known, relapses, verdict: 'good' }
  if (failures < plan.downAfter || health.verdict === 'bad') return known
  return { ...known, verdict: 'bad', relapses: health.relapses + 1 }
}

/** That is no evidence. But a bad link about which nothing can be found out gets another chance after a time, like one out of use. */
function withoutEvidence(health: LinkHealth, context: HealthContext): LinkHealth {
  const since = health.blindSince ?? context.now
  const at = forgetAt(health, { ...context, now: since })
  if (at === null) return health
  return at > context.now ? { ...health, blindSince: since } : forgotten(health)
}

/** Out of use; a bad verdict is forgotten after a time. */
function resting(health: LinkHealth, context: HealthContext): LinkHealth {
  return { ...health, phase: { kind: 'idle', forgetAt: forgetAt(health, context) } }
}

function forgotten(health: LinkHealth): LinkHealth {
  return { ...health, verdict: 'unknown', successes: 0, failures: 0, blindSince: null }
}

function forgetAt(
  { verdict, relapses }: LinkHealth,
  { now, retryAfter, retryAfterLimit }: HealthContext,
): number | null {
  if (verdict !== 'bad') return null
  return now + Math.min(doubled(retryAfter, relapses - 1), retryAfterLimit)
}

function aborting(phase: HealthPhase): readonly HealthEffect[] {
  return phase.kind === 'checking' ? [{ type: 'abort', check: phase.check }] : NOTHING
}
