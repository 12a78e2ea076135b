import type { LinkInterface, NetworkSession, RoamingOffer, RoamingTrial } from '@roamkit/core'
import type { ProbeResult } from '../../probe/probe-result.js'
import { probeWords, type RoamReport } from './roam-report.js'

/** Answers offers and trials. Each call is for one of them. Its signal aborts when that one ends. */
export interface Judge {
  /** Whether to roam there. */
  migrate(offer: RoamingOffer, signal: AbortSignal): Promise<boolean>
  /** Whether to stay there; `probed` is what came of a probe, `null` without one. */
  accept(trial: RoamingTrial, probed: ProbeResult | null, signal: AbortSignal): Promise<boolean>
}

/** Tries what a candidate is worth; `null`: nothing is tried. */
export type Trier = ((link: LinkInterface | null, signal: AbortSignal) => Promise<ProbeResult>) | null

/** Takes every offer, and every candidate that passes the probe. */
export const accepting: Judge = {
  migrate: async () => true,
  accept: async (_trial, probed) => probed?.ok ?? true,
}

/** Takes no offer. */
export const refusing: Judge = {
  migrate: async () => false,
  accept: async () => false,
}

/** Asks the user. */
export function asking(ask: (question: string, signal: AbortSignal) => Promise<boolean>): Judge {
  return {
    migrate: ({ configuration: { name, identifier } }, signal) =>
      ask(`roam to '${name || identifier}'?`, signal),
    accept: ({ configuration: { name, identifier } }, probed, signal) =>
      ask(`stay on '${name || identifier}'?${probed === null ? '' : ` It ${probeWords(probed)}.`}`, signal),
  }
}

/** Answers what a session asks from now on, and reports what each answer came to. */
export function answerOffers(session: NetworkSession, judge: Judge, tries: Trier, report: RoamReport): void {
  session.on('preferredConfigurationChanged', (_configuration, _isSeamless, offer) => {
    report.offered(offer)
    const { identifier } = offer.configuration
    void whileStanding(
      session,
      () => session.offer?.id === offer.id,
      async (signal) => {
        const goes = await judge.migrate(offer, signal)
        signal.throwIfAborted()
        if (goes) report.answered('migrate', identifier, await offer.migrate())
        else report.answered('ignore', identifier, await offer.ignore())
      },
    )
  })
  session.on('newConfigurationActivated', (trial) => {
    const { identifier } = trial.configuration
    // A probe or a user that has not answered in time must not count as a yes (rule L7).
    trial.requireDecision()
    void whileStanding(
      session,
      // By its id: when its deadline moves, as while the machine sleeps, it is another object.
      () => session.trial?.id === trial.id,
      async (signal) => {
        const probed = (await tries?.(session.interface, signal)) ?? null
        if (probed !== null) report.probed(identifier, probed)
        const stays = await judge.accept(trial, probed, signal)
        signal.throwIfAborted()
        if (stays) report.answered('accept', identifier, await trial.accept())
        else report.answered('reject', identifier, await trial.reject())
      },
    )
  })
}

/** Works on an answer as long as the question is open. An answer that comes too late is dropped silently. */
async function whileStanding(
  session: NetworkSession,
  isStanding: () => boolean,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const look = () => {
    if (!isStanding()) over.abort()
  }
  const undo = [
    session.on('stateChanged', look),
    session.on('offerWithdrawn', look),
    session.on('closed', look),
  ]
  try {
    await work(over.signal)
  } catch (error) {
    if (!over.signal.aborted) throw error
  } finally {
    for (const each of undo) each()
  }
}
