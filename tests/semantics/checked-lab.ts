import type { CheckedLink, CheckResult, HealthOptions, NetworkSession, RankingPolicy } from '@roamkit/core'
import { type Lab, openLab } from './lab.js'

/** What a check answers about each link; `null`: it never does. */
export type Answers = Record<string, boolean | CheckResult | Error | null>

export interface Checked {
  readonly lab: Lab
  readonly answers: Answers
  /** `a 1000`: which link was checked when. */
  readonly checks: string[]
  readonly aborted: string[]
  readonly health: HealthOptions
}

/** Two links, of which `a` is better; a check that answers as it is told. */
export async function checked(
  options: HealthOptions = {},
  lab?: Parameters<typeof openLab>[1],
): Promise<Checked> {
  const opened = await openLab(
    [
      { id: 'a', bearer: 'ethernet', link: 'up' },
      { id: 'b', bearer: 'wlan' },
    ],
    lab,
  )
  const answers: Answers = { a: true, b: true }
  const checks: string[] = []
  const aborted: string[] = []
  const check = ({ configuration: { identifier } }: CheckedLink, { signal }: { signal: AbortSignal }) => {
    checks.push(`${identifier} ${opened.clock.now()}`)
    signal.addEventListener('abort', () => aborted.push(identifier))
    const answer = answers[identifier]
    if (answer === null) return new Promise<boolean>(() => {})
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as boolean)
  }
  return { lab: opened, answers, checks, aborted, health: { check, ...options } }
}

/** A service network of both, with that check. */
export function define({ lab }: Checked, health?: HealthOptions, ranking?: RankingPolicy) {
  return lab.manager.defineServiceNetwork({
    identifier: 'net',
    members: ['a', 'b'],
    ...(health && { health }),
    ...(ranking && { ranking }),
  })
}

/** Opens a session. @returns what it tells of health: `a good` */
export async function openOn(lab: Lab, session: NetworkSession) {
  const told: string[] = []
  session.on('healthChanged', (health, { identifier }) => told.push(`${identifier} ${health}`))
  const opened = session.open()
  await lab.clock.advance(1000)
  await opened
  return told
}
