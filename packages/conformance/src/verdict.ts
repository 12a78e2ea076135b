import { Bench } from './bench.js'
import { CannotRun, type Law } from './law.js'
import { laws } from './laws.js'
import type { Rig, Stage } from './rig.js'

/** What became of one law on one rig. */
export interface Verdict {
  /** The law's id. */
  readonly law: string
  /** `waived`: it cannot run, and the rig says why. */
  readonly outcome: 'kept' | 'broken' | 'waived'
  /** What is wrong, or the waiver's reason; `null` for a law that is kept. */
  readonly reason: string | null
}

/** Tries every law on a rig, one after the other. Never rejects: what goes wrong is in the verdicts. */
export async function verdict(rig: Rig): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const law of laws) if (isTried(rig, law)) verdicts.push(await judge(rig, law))
  return [...verdicts, ...strayWaivers(rig)]
}

/** Whether a law is tried on a rig at all. */
export function isTried({ touch = 'links' }: Rig, { touches }: Law): boolean {
  return touch === 'links' || touches === 'nothing'
}

/** Tries one law on a rig. A waiver holds for a law that cannot run, and for no other. */
export async function judge(rig: Rig, law: Law): Promise<Verdict> {
  const waiver = rig.waivers?.find((one) => one.law === law.id)
  const { outcome, reason } = await attempt(rig, law)
  if (outcome === 'cannot run' && rig.touch === 'nothing') return { law: law.id, outcome: 'waived', reason }
  if (outcome === 'cannot run')
    return waiver
      ? { law: law.id, outcome: 'waived', reason: waiver.reason }
      : { law: law.id, outcome: 'broken', reason: `cannot run, and no waiver says why: ${reason}` }
  if (outcome === 'kept' && waiver)
    return { law: law.id, outcome: 'broken', reason: 'waived without need: it ran and was kept' }
  return { law: law.id, outcome, reason }
}

/** A verdict for each waiver that names no law, or names one again. */
export function strayWaivers(rig: Rig): Verdict[] {
  const seen = new Set<string>()
  return (rig.waivers ?? []).flatMap(({ law: id }) => {
    const isStray = !laws.some((law) => law.id === id)
    const isSecond = seen.has(id)
    seen.add(id)
    if (!isStray && !isSecond) return []
    const reason = isStray ? 'a waiver names it, and there is no such law' : 'it is waived twice'
    return [{ law: id, outcome: 'broken' as const, reason }]
  })
}

interface Attempt {
  readonly outcome: 'kept' | 'broken' | 'cannot run'
  readonly reason: string | null
}

async function attempt(rig: Rig, law: Law): Promise<Attempt> {
  let stage: Stage
  try {
    stage = await rig.stage()
  } catch (error) {
    return { outcome: 'broken', reason: `the stage cannot be set: ${message(error)}` }
  }
  const missing = law.needs.filter(
    (need) => (need === 'time' ? stage.time : stage.controls[need]) === undefined,
  )
  const bench = new Bench(rig, stage)
  const first = missing.length > 0 ? lacking(missing) : await outcomeOf(() => law.run(bench as Bench))
  // A backend that cannot be disposed must not spoil the laws to come, nor hide what broke first.
  const closing = await outcomeOf(() => bench.close())
  const striking = await outcomeOf(async () => stage.strike?.())
  return [first, closing, striking].find(({ outcome }) => outcome === 'broken') ?? first
}

function lacking(needs: readonly string[]): Attempt {
  return { outcome: 'cannot run', reason: `the rig has no ${needs.join(', no ')}` }
}

async function outcomeOf(run: () => Promise<void>): Promise<Attempt> {
  try {
    await run()
    return { outcome: 'kept', reason: null }
  } catch (error) {
    return { outcome: error instanceof CannotRun ? 'cannot run' : 'broken', reason: message(error) }
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
