import type { Adapter, Fixture } from '../adapter/adapter.js'
import { inTime } from '../adapter/declared-controls.js'
import type { Law } from '../laws/law.js'
import { CannotRun } from '../laws/law-facts.js'
import { laws } from '../laws/laws.js'
import { TestBed } from '../test-bed/test-bed.js'

/** The result of one law on one adapter. */
export interface Verdict {
  /** The law's id. */
  readonly law: string
  /**
   * `kept` and `broken`: the law ran. `cannotRun`: the adapter lacks something that the law needs. `waived`: the same, and a waiver gives
   * the reason.
   */
  readonly outcome: 'kept' | 'broken' | 'waived' | 'cannotRun'
  /** What is wrong, what is missing, or the waiver's reason. `null` if the law is kept. */
  readonly reason: string | null
  /** If the law is kept: the controls and changes that it could not try. Otherwise empty. */
  readonly untried: readonly string[]
}

/** The longest time to set up or tear down a fixture, in timeouts of the adapter. */
const FIXTURE_TIMEOUTS = 20

/** Runs every law on an adapter, one after the other. Never rejects: failures are in the verdicts. */
export async function verdict(adapter: Adapter): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const law of laws) if (isTried(adapter, law)) verdicts.push(await judge(adapter, law))
  return [...verdicts, ...strayWaivers(adapter)]
}

/** Whether a law runs on an adapter at all. */
export function isTried({ touch = 'links' }: Adapter, { touches }: Law): boolean {
  return touch === 'links' || touches === 'nothing'
}

/** Runs one law on an adapter. A waiver applies only to a law that cannot run. */
export async function judge(adapter: Adapter, law: Law): Promise<Verdict> {
  const waiver = adapter.waivers?.find((one) => one.law === law.id)
  const { outcome, reason, untried } = await attempt(adapter, law)
  if (outcome === 'cannotRun') {
    if (waiver) return of(law, 'waived', waiver.reason)
    return of(law, adapter.touch === 'nothing' ? 'waived' : 'cannotRun', reason)
  }
  if (outcome === 'kept' && waiver)
    return of(law, 'broken', 'the waiver is not needed: the law ran and is kept, so remove the waiver')
  return { law: law.id, outcome, reason, untried: outcome === 'kept' ? untried : [] }
}

/** A verdict for each waiver that names no law, or a law that is waived already. */
export function strayWaivers(adapter: Adapter): Verdict[] {
  const seen = new Set<string>()
  return (adapter.waivers ?? []).flatMap(({ law: id }) => {
    const isStray = !laws.some((law) => law.id === id)
    const isSecond = seen.has(id)
    seen.add(id)
    if (!isStray && !isSecond) return []
    const reason = isStray ? 'a waiver names it, but there is no such law' : 'it is waived twice'
    return [of({ id }, 'broken', reason)]
  })
}

function of({ id }: Pick<Law, 'id'>, outcome: Verdict['outcome'], reason: string | null): Verdict {
  return { law: id, outcome, reason, untried: [] }
}

interface Attempt {
  readonly outcome: 'kept' | 'broken' | 'cannotRun'
  readonly reason: string | null
  readonly untried: readonly string[]
}

async function attempt(adapter: Adapter, law: Law): Promise<Attempt> {
  let fixture: Fixture
  const limit = FIXTURE_TIMEOUTS * (adapter.timeout ?? 1500)
  try {
    fixture = await inTime('setup()', limit, () => adapter.setup())
    if (!fixture?.driver || !fixture.controls)
      throw new TypeError('setup() must resolve to an object with a driver and controls')
  } catch (error) {
    return { outcome: 'broken', reason: `the fixture cannot be set up: ${message(error)}`, untried: [] }
  }
  const missing = law.needs.filter(
    (need) => (need === 'time' ? fixture.time : fixture.controls[need]) === undefined,
  )
  const testBed = TestBed.create(adapter, fixture, law)
  const first =
    missing.length > 0 ? reportMissing(missing) : await outcomeOf(() => law.run(testBed as TestBed))
  // A backend that fails to dispose must neither affect later laws nor hide the first failure.
  const closing = await outcomeOf(() => testBed.close())
  const tearingDown = await outcomeOf(() => inTime('teardown()', limit, async () => fixture.teardown?.()))
  const worst = [first, closing, tearingDown].find(({ outcome }) => outcome === 'broken') ?? first
  const absent =
    testBed.touch === 'links' ? law.uses.filter((name) => fixture.controls[name] === undefined) : []
  return { ...worst, untried: [...new Set([...absent, ...testBed.untried])] }
}

function reportMissing(needs: readonly string[]): Attempt {
  return { outcome: 'cannotRun', reason: `the adapter has no ${needs.join(', no ')}`, untried: [] }
}

async function outcomeOf(run: () => Promise<void>): Promise<Attempt> {
  try {
    await run()
    return { outcome: 'kept', reason: null, untried: [] }
  } catch (error) {
    const outcome = error instanceof CannotRun ? 'cannotRun' : 'broken'
    return { outcome, reason: message(error), untried: [] }
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
