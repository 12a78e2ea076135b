import { release, platform as systemName } from 'node:os'
import type { Verdict } from '@roamkit/conformance'
import { systemClock } from '@roamkit/core'
import type { Driver, PickedBackend, World } from '@roamkit/core/contract'
import { escapeText } from '../../escape.js'
import { driverOf } from '../open-manager.js'
import type { Output } from '../output.js'
import type { SelfTestRequest } from '../request.js'
import { table } from '../terminal/table.js'

/** What the self-test found, as `--json` prints it. It contains an identifier only if a broken law names one. */
export interface SelfTest {
  readonly system: {
    readonly name: string
    readonly release: string
    readonly arch: string
    readonly node: string
  }
  readonly backend: {
    readonly name: string
    readonly passedOver: readonly { readonly name: string; readonly message: string }[]
  }
  /** `null`: it could not be opened. */
  readonly world: WorldSummary | null
  /** What the backend has logged while it was opened. */
  readonly log: readonly { readonly event: string; readonly detail: unknown }[]
  readonly verdicts: readonly Verdict[]
}

/** What there is, in numbers. */
interface WorldSummary {
  readonly updates: World['updates']
  readonly scan: World['scan']
  readonly recheck: World['recheck']
  readonly statistics: boolean
  readonly hasScope: boolean
  readonly hasDefault: boolean
  /** How many configurations of each bearer are how. */
  readonly links: Readonly<Record<string, number>>
}

/**
 * Tries the laws that touch nothing on the backend of this machine. Resolves to the exit code: 0 if all that could be tried is
 * kept.
 */
export async function selfTest(request: SelfTestRequest, output: Output): Promise<number> {
  const found = await tryLaws(request)
  if (request.format === 'json') output.json(found, output.isTerminal ? 'pretty' : 'line')
  else for (const line of selfTestPage(found, output)) output.line(line)
  const isKept = found.verdicts.every(({ outcome }) => outcome !== 'broken')
  return isKept && found.verdicts.some(({ outcome }) => outcome === 'kept') ? 0 : 1
}

async function tryLaws(request: SelfTestRequest): Promise<SelfTest> {
  // Loaded only for the self-test.
  const { verdict } = await import('@roamkit/conformance')
  const driver = driverOf(request)
  const { picked, world, log } = await look(driver)
  const verdicts = await verdict({
    name: picked.name,
    touch: 'nothing',
    quietPeriod: 200,
    // A real machine may be busy, and no test runner waits here.
    timeout: 10_000,
    setup: () => ({ driver, controls: {} }),
  })
  const passedOver = picked.passedOver.map(({ name, error }) => ({ name, message: error.message }))
  return {
    system: { name: systemName(), release: release(), arch: process.arch, node: process.version },
    backend: { name: picked.name, passedOver },
    world,
    log,
    verdicts,
  }
}

/** What is there to be tried on. A backend that cannot be opened breaks the laws, which say so. */
async function look(driver: Driver) {
  let picked: PickedBackend = { name: driver.name, passedOver: [] }
  const log: { event: string; detail: unknown }[] = []
  const host = {
    clock: systemClock,
    changed() {},
    log(event: string, detail?: object) {
      log.push({ event, detail: withoutErrors(detail ?? null) })
    },
    picked(backend: PickedBackend) {
      picked = backend
    },
  }
  try {
    const backend = await driver.open(host, { signal: AbortSignal.timeout(10_000) })
    const world = summary(backend.snapshot())
    await backend[Symbol.asyncDispose]()
    return { picked, world, log }
  } catch (error) {
    log.push({ event: 'open failed', detail: withoutErrors({ error }) })
    return { picked, world: null, log }
  }
}

function summary({
  updates,
  scan,
  recheck,
  statistics,
  scope,
  defaultId,
  configurations,
}: World): WorldSummary {
  const links: Record<string, number> = {}
  for (const { bearer, link } of configurations)
    links[`${bearer} ${link}`] = (links[`${bearer} ${link}`] ?? 0) + 1
  const has = { hasScope: scope !== null, hasDefault: defaultId !== null }
  return { updates, scan, recheck, statistics, ...has, links }
}

function withoutErrors(detail: object | null): unknown {
  return JSON.parse(
    JSON.stringify(detail, (_name, value) => (value instanceof Error ? value.message : value)) ?? 'null',
  )
}

/** The same for people, fit for an issue. Escaped. */
function selfTestPage(found: SelfTest, { paint }: Pick<Output, 'paint'>): readonly string[] {
  const { system, backend, world, log, verdicts } = found
  const count = (outcome: Verdict['outcome']) => verdicts.filter((one) => one.outcome === outcome).length
  const paints = { kept: paint.good, broken: paint.bad, waived: paint.faint, cannotRun: paint.faint }
  const words = { kept: 'kept', broken: 'broken', waived: 'not tried', cannotRun: 'not tried' }
  const about = (value: unknown) => escapeText(JSON.stringify(value))
  return [
    escapeText(
      `roamkit self-test: backend ${backend.name} on ${system.name} ${system.release} ${system.arch}, Node ${system.node}`,
    ),
    ...backend.passedOver.map((other) => escapeText(`not ${other.name}: ${other.message}`)),
    `world ${about(world)}`,
    ...log.map(({ event, detail }) => `${escapeText(event)} ${about(detail)}`),
    '',
    ...table(
      verdicts.map(({ law, outcome, reason }) => [
        { text: law },
        { text: words[outcome], paint: paints[outcome] },
        { text: escapeText(reason ?? '') },
      ]),
    ),
    '',
    `${count('kept')} kept, ${count('broken')} broken, ${count('waived')} not tried`,
  ]
}
