import { holderSpanOf } from '../configurations/capabilities.js'
import { Catalogue } from '../configurations/catalogue.js'
import type { Chooser } from '../configurations/user-choice.js'
import type { Backend, Holders } from '../contract/index.js'
import type { LinkInput } from '../links/link-messages.js'
import type { Times } from '../primitives/time/times.js'
import { WorldWatch } from '../world/world-watch.js'
import { Agenda, type Timed, type TimeOwner } from './agenda.js'
import { type Input, NOTHING } from './batch.js'
import { inProcessHolders } from './links/in-process-holders.js'
import { LinkRunner } from './links/link-runner.js'
import { LinkStates } from './links/link-states.js'
import { SecretQuestions } from './links/secret-questions.js'
import { ChooserRunner } from './sessions/chooser-runner.js'
import { HealthRunner } from './sessions/health-runner.js'
import { NetworkViews } from './sessions/network-view.js'
import { RecoveryTimers } from './sessions/recovery-timers.js'
import { RoamingRunner } from './sessions/roaming-runner.js'
import { SessionRegistry } from './sessions/session-registry.js'
import { SessionRunner } from './sessions/session-runner.js'

/** What an engine works with besides backend and times. */
export interface EngineOptions {
  readonly holders: Holders | null
  readonly chooser: Chooser | null
  readonly log: (event: string, detail: object) => void
}

/** What the engine gives its parts. */
interface EngineCalls {
  readonly post: (input: Input) => void
  /** The first time in the agenda is over. */
  readonly due: () => void
  /** Aborted when the manager is closed. */
  readonly signal: AbortSignal
}

/** The parts of an engine, each with what it needs of the others. */
export function engineParts(
  backend: Backend,
  times: Times,
  { holders: own, chooser: ask, log }: EngineOptions,
  { post, due, signal }: EngineCalls,
) {
  const agenda = new Agenda<TimeOwner>(times.clock, due)
  const now = () => agenda.now()
  // The world is read before whatever is due.
  const reading: Timed = { due: () => NOTHING }
  const watch = new WorldWatch(backend, times, { now, wakeAt: (at) => agenda.set(reading, at) })
  const { scope } = watch.world
  // Without a scope no other manager can have the same links.
  const holders =
    own ?? (scope === null ? inProcessHolders(new Map()) : (backend.holders ?? inProcessHolders()))
  const span = holderSpanOf(holders)
  const catalogue = new Catalogue(watch, { hasChooser: ask !== null, span, now, times })
  const recoveries = new RecoveryTimers(catalogue, agenda)
  const health = new HealthRunner({ catalogue, watch }, times, agenda, post)
  const linkStates = new LinkStates(watch, agenda)
  const { windDownTimeout } = times
  const views = new NetworkViews({
    catalogue,
    watch,
    links: linkStates,
    holders,
    health,
    recovery: { now, times },
  })
  const registry = new SessionRegistry(catalogue, linkStates, views, health)
  const toLink = (id: string, input: LinkInput) => post(() => [{ to: 'link', id, input }])
  const commands = {
    backend,
    holders,
    clock: times.clock,
    watch,
    links: linkStates,
    secrets: new SecretQuestions(catalogue, linkStates, toLink, log),
    scope: scope ?? '',
    signal,
    windDownTimeout,
    post: toLink,
  }
  const links = new LinkRunner(commands, catalogue, times, agenda)
  const chooser = new ChooserRunner(ask, catalogue, post)
  const sessions = new SessionRunner({ catalogue, links: linkStates, watch, chooser }, times, agenda, post)
  const recheck = (id: string) => {
    if (watch.world.recheck === 'no') return
    backend.recheck(id, { signal }).catch((error: unknown) => log('recheckFailed', { id, error }))
  }
  const roaming = new RoamingRunner({ catalogue, views, sessions, recheck }, agenda, post)
  return {
    agenda,
    watch,
    holders,
    catalogue,
    recoveries,
    health,
    linkStates,
    registry,
    links,
    sessions,
    roaming,
    chooser,
  }
}

export type EngineParts = ReturnType<typeof engineParts>
