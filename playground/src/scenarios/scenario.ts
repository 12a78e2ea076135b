import type { Connectivity } from '@roamkit/core'

/** The most that a scenario may have, because it may come from a stranger's link. */
export const LIMITS = {
  /** Characters in a link; the largest scenario needs about 55,000. */
  text: 60_000,
  accessPoints: 8,
  steps: 500,
  /** Milliseconds of virtual time. */
  duration: 3_600_000,
  /** Characters in a name. */
  name: 40,
} as const

export const BEARERS = ['ethernet', 'wlan', 'lte'] as const
export const CONNECTIVITIES = ['full', 'limited', 'portal', 'none'] as const satisfies readonly Connectivity[]
const CALLS = ['open', 'close', 'migrate', 'ignore', 'accept', 'reject'] as const

/** An access point at the start of a scenario. */
export interface AccessPoint {
  readonly id: string
  /** Untrusted text. */
  readonly name: string
  readonly bearer: (typeof BEARERS)[number]
  readonly isInRange: boolean
  /** From 0 to 100; `null`: a cable. */
  readonly signal: number | null
  readonly isMetered: boolean
  readonly connectivity: (typeof CONNECTIVITIES)[number]
}

/** What a person does: calls the session, or changes the world. */
export type Action =
  | { readonly does: (typeof CALLS)[number] }
  /** Whether the application answers offers and trials, instead of the session roaming by itself. */
  | { readonly does: 'consult'; readonly value: boolean }
  | { readonly does: 'range' | 'meter'; readonly on: string; readonly value: boolean }
  | { readonly does: 'signal'; readonly on: string; readonly value: number }
  | { readonly does: 'connect'; readonly on: string; readonly value: AccessPoint['connectivity'] }

/** An action, and when it happens, in milliseconds of virtual time. */
export type Step = Action & { readonly at: number }

/** A world, a session on it, and what happens to both. */
export interface Scenario {
  /** The identifier of the configuration that the session is on: an access point, or the service network of all uplinks. */
  readonly target: string
  readonly isConsulted: boolean
  readonly accessPoints: readonly AccessPoint[]
  /** In order. */
  readonly steps: readonly Step[]
}

/** The access point as it is after an action. */
export function afterAction(accessPoint: AccessPoint, action: Action): AccessPoint {
  if (!('on' in action) || action.on !== accessPoint.id) return accessPoint
  switch (action.does) {
    case 'range':
      return { ...accessPoint, isInRange: action.value }
    case 'meter':
      return { ...accessPoint, isMetered: action.value }
    case 'signal':
      return { ...accessPoint, signal: action.value }
    case 'connect':
      return { ...accessPoint, connectivity: action.value }
  }
}

/** A scenario from outside is invalid. The message says where and what is wrong. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}

type Members = Readonly<Record<string, unknown>>

/**
 * Checks a scenario from outside.
 *
 * @param network the identifier of the service network, which is a target besides the access points
 * @throws ScenarioError
 */
export function checkScenario(value: unknown, network: string): Scenario {
  const scenario = objectOf(value, 'the scenario')
  only(scenario, ['target', 'isConsulted', 'accessPoints', 'steps'], 'the scenario')
  const accessPoints = listOf(scenario.accessPoints, 'accessPoints', LIMITS.accessPoints).map((one, index) =>
    accessPoint(one, `accessPoints[${index}]`),
  )
  const ids = accessPoints.map(({ id }) => id)
  if (ids.length === 0) throw new ScenarioError('accessPoints is empty')
  if (new Set(ids).size < ids.length) throw new ScenarioError('two access points have the same id')
  let last = 0
  const steps = listOf(scenario.steps, 'steps', LIMITS.steps).map((one, index) => {
    const place = `steps[${index}]`
    const next = step(one, ids, place)
    if (next.at < last) throw new ScenarioError(`${place} is earlier than the one before`)
    last = next.at
    return next
  })
  return {
    target: oneOf(scenario.target, [network, ...ids], 'target'),
    isConsulted: flag(scenario.isConsulted, 'isConsulted'),
    accessPoints,
    steps,
  }
}

function accessPoint(value: unknown, place: string): AccessPoint {
  const one = objectOf(value, place)
  only(one, ['id', 'name', 'bearer', 'isInRange', 'signal', 'isMetered', 'connectivity'], place)
  const { id, name, signal } = one
  if (typeof id !== 'string' || !/^[a-z0-9-]{1,20}$/.test(id))
    throw new ScenarioError(`${place}.id must have 1 to 20 of a to z, 0 to 9 and -`)
  if (typeof name !== 'string' || name.trim() === '' || name.length > LIMITS.name)
    throw new ScenarioError(`${place}.name must be a text of 1 to ${LIMITS.name} characters`)
  return {
    id,
    name,
    bearer: oneOf(one.bearer, BEARERS, `${place}.bearer`),
    isInRange: flag(one.isInRange, `${place}.isInRange`),
    signal: signal === null ? null : integer(signal, 100, `${place}.signal`),
    isMetered: flag(one.isMetered, `${place}.isMetered`),
    connectivity: oneOf(one.connectivity, CONNECTIVITIES, `${place}.connectivity`),
  }
}

function step(value: unknown, ids: readonly string[], place: string): Step {
  const one = objectOf(value, place)
  const at = integer(one.at, LIMITS.duration, `${place}.at`)
  const does = oneOf(
    one.does,
    [...CALLS, 'consult', 'range', 'meter', 'signal', 'connect'] as const,
    `${place}.does`,
  )
  const on = () => oneOf(one.on, ids, `${place}.on`)
  const checked = (members: readonly string[], action: Action): Step => {
    only(one, ['at', 'does', ...members], place)
    return { at, ...action }
  }
  switch (does) {
    case 'consult':
      return checked(['value'], { does, value: flag(one.value, `${place}.value`) })
    case 'range':
    case 'meter':
      return checked(['on', 'value'], { does, on: on(), value: flag(one.value, `${place}.value`) })
    case 'signal':
      return checked(['on', 'value'], { does, on: on(), value: integer(one.value, 100, `${place}.value`) })
    case 'connect': {
      const connectivity = oneOf(one.value, CONNECTIVITIES, `${place}.value`)
      return checked(['on', 'value'], { does, on: on(), value: connectivity })
    }
    default:
      return checked([], { does })
  }
}

function objectOf(value: unknown, place: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ScenarioError(`${place} is not an object`)
  return value as Members
}

function listOf(value: unknown, place: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new ScenarioError(`${place} is not a list`)
  if (value.length > most)
    throw new ScenarioError(`${place} has ${value.length} members, and at most ${most} are allowed`)
  return value
}

function only(members: Members, known: readonly string[], place: string): void {
  const unknown = Object.keys(members).find((key) => !known.includes(key))
  if (unknown !== undefined) throw new ScenarioError(`${place} has an unknown member ${shown(unknown)}`)
}

function oneOf<Word extends string>(value: unknown, words: readonly Word[], place: string): Word {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new ScenarioError(`${place} is ${shown(value)}, not ${words.join(' or ')}`)
  return found
}

function flag(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw new ScenarioError(`${place} is ${shown(value)}, not true or false`)
  return value
}

function integer(value: unknown, most: number, place: string): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > most)
    throw new ScenarioError(`${place} is ${shown(value)}, not a whole number from 0 to ${most}`)
  return value as number
}

/** A value in a message: short, whatever it is. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
