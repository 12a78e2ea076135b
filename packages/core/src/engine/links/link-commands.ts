import { BackendError, type Held, type LinkConfiguration } from '../../contract/index.js'
import { type Failure, failure, failureOf } from '../../links/failure.js'
import type { LastClose } from '../../links/last-close.js'
import type { LinkInput } from '../../links/link-messages.js'
import { refusalToActivate } from '../../links/link-state.js'
import type { SessionId } from '../../links/session-id.js'
import { deferred } from '../../primitives/deferred.js'
import { eitherSignal } from '../../primitives/either-signal.js'
import { carries } from '../../world/link-facts.js'
import type { CommandContext } from './command-context.js'
import { find, type Locked, lockCall, lockedWithRivals, rivalsOf } from './rival-locks.js'

/** For whom a link is brought up, and whose it is to be. */
export interface ActivateCommand {
  readonly asking: readonly SessionId[]
  readonly asSystem: boolean
  /** Whether it may take its device from a link that only the system holds (rule H5). */
  readonly mayDisplace: boolean
}

/** A refusal by core itself, on its way out of a lock. */
class Refusal extends Error {
  readonly failure: Failure

  constructor(why: Failure) {
    super(why.reason)
    this.failure = why
  }
}

/**
 * Joins the link under its lock and brings it up if it is not up (rules S2, S3, H5, H7). Posts the outcome.
 * @returns a function that ends the wait for the system's answer and releases the lock. An answer that comes later is taken back (H6)
 */
export function activate(
  context: CommandContext,
  id: string,
  { asking, asSystem, mayDisplace }: ActivateCommand,
): () => void {
  const abandoned = deferred()
  let isAbandoned = false
  let joined = false
  const run = async () => {
    const { backend } = context
    const input = await lockedWithRivals<LinkInput | null>(context, id, async (held) => {
      if (isAbandoned) return null
      // Rule C6: the wait for the locks is no part of the activation.
      context.post(id, { type: 'lockTaken' })
      const own = held.of(id)
      await own.join(own.owned)
      joined = true
      const facts = context.watch.newest(id)
      const refusal = refusalToActivate(facts)
      if (refusal !== null || facts === null) throw new Refusal(refusal ?? GONE)
      if (facts.link === 'deactivating') return { type: 'notYet' }
      const current = carries(facts) || facts.link === 'activating' ? facts.activation : null
      if (current !== null && !mayBeOld(context, own, facts))
        return { type: 'activated', activation: current, own: false, owned: own.owned }
      await refuseBusy(context, id, held, asking)
      if (!mayDisplace) refuseDisplacing(context, id)
      // Given up while the locks were waited for: then the system is not even asked (rules S7, S9a).
      if (!isWanted(context, id)) throw new Refusal(failure('ERR_CLOSED', 'cancelled'))
      const secret = context.secrets.answererOf(id, context.signal)
      const answer = backend.activate(id, { signal: context.signal, secret })
      const activation = await Promise.race([answer, abandoned.promise])
      if (activation === undefined) {
        takeBackLate(context, id, answer)
        return null
      }
      if (activation === current) return { type: 'activated', activation, own: false, owned: own.owned }
      // If no session wants the activation any longer, this manager takes it back (rule H6).
      const owned = asSystem && isWanted(context, id) ? null : activation
      await own.join(owned)
      return { type: 'activated', activation, own: true, owned }
    })
    if (input !== null && !isAbandoned) context.post(id, input)
  }
  run().catch((error: unknown) => {
    if (!isAbandoned) context.post(id, { type: 'activationFailed', failure: failureFrom(error), joined })
  })
  return () => {
    isAbandoned = true
    abandoned.resolve()
  }
}

/** Makes this manager a holder while the service is away: the link is brought up when it is back (rules H6, S14). */
export function join(context: CommandContext, id: string): void {
  const run = context.holders.locked(
    context.scope,
    id,
    async (held) => held.join(held.owned),
    lockCall(context),
  )
  const done = () => context.post(id, { type: 'joined' })
  // Where it could not be counted now it is counted by the command that brings the link up.
  run.then(done, done)
}

/**
 * Whether the link may be on its way down although the snapshot shows it as up. Another process that was its only holder may have taken it down
 * a moment ago, before this process got the news. If it is uncertain who holds the link, another process may be taking it down now. In these
 * cases ask the system: if the link is up, it answers with the current activation.
 */
function mayBeOld(
  { holders }: CommandContext,
  { others, certainty }: Held,
  { activate }: LinkConfiguration,
): boolean {
  return holders.span === 'machine' && (others === 0 || certainty === 'uncertain') && activate !== 'no'
}

/** What is to become of a link that the last session of this manager releases. */
export interface DeactivateCommand {
  readonly lastClose: LastClose
  /** The activation that holders brought up, as far as this manager knows. */
  readonly owned: string | null
}

/**
 * Leaves the link under its lock. The last holder takes it down if a session brought it up, or if `lastClose` says so (rules S8, H1, H6). To be
 * the last one, it is not enough to see no other holder: the command must exclude all others (rule H3).
 */
export function deactivate(
  context: CommandContext,
  id: string,
  { lastClose, owned }: DeactivateCommand,
): void {
  const run = context.holders.locked(
    context.scope,
    id,
    async (held) => {
      const facts = find(context.backend, id)
      if (held.certainty === 'uncertain') {
        await held.leave()
        // If the link would have gone down without other holders, it stays up, and the session reports why (rule S8).
        const isLeftUp = isUp(facts) && toTakeDown(facts, owned, lastClose) !== null
        return { why: isLeftUp ? UNCERTAIN : null, joined: false, target: null }
      }
      const ours = context.links.state(id).over === held.owned ? null : held.owned
      const wanted = held.others > 0 ? null : toTakeDown(facts, ours, lastClose)
      const target = wanted !== null && (await held.exclude()) ? wanted : null
      if (target !== null) {
        context.post(id, { type: 'deactivating', activation: target })
        const why = await takeDown(context, id, target)
        // The service is away: this manager stays a holder, and does it when it is back (rule H6).
        if (why?.code === 'ERR_SERVICE_LOST') return { why, joined: true, target }
        await held.leave()
        return { why, joined: false, target }
      }
      await held.leave()
      return { why: null, joined: false, target }
    },
    lockCall(context),
  )
  settle(context, id, run, { joined: false })
}

function isUp(facts: LinkConfiguration | null): boolean {
  return facts?.link === 'up' || facts?.link === 'activating'
}

/** Which activation the last holder takes down, if any. */
function toTakeDown(
  facts: LinkConfiguration | null,
  owned: string | null,
  lastClose: LastClose,
): string | null {
  if (facts === null || lastClose === 'leave') return null
  if (lastClose === 'down' && facts.activation !== null) return facts.activation
  if (facts.ended?.activation === owned) return null
  // Down in the snapshot, but not seen to end: what was accepted may not show yet.
  return facts.activation === owned || facts.activation === null ? owned : null
}

/** Takes the link down, no matter who holds it, and notifies the other holders why (rule S10). */
export function stop(context: CommandContext, id: string): void {
  const run = context.holders.locked(
    context.scope,
    id,
    async (held) => {
      const facts = find(context.backend, id)
      const activation = facts === null || facts.link === 'down' ? held.owned : facts.activation
      if (activation === null || facts?.ended?.activation === activation)
        return { why: null, joined: true, target: null }
      context.post(id, { type: 'deactivating', activation })
      const why = await takeDown(context, id, activation)
      if (why === null) held.stopping(activation)
      return { why, joined: true, target: activation }
    },
    lockCall(context),
  )
  settle(context, id, run, { joined: true })
}

/** Notifies the other holders of a link that is down now that it was stopped (rule S9a). No caller waits for it. */
export function notifyHoldersStopped(context: CommandContext, id: string, activation: string): void {
  context.holders
    .locked(context.scope, id, async (held) => held.stopping(activation), lockCall(context))
    // Closed meanwhile: those who wait see how long their grace is.
    .catch(() => {})
}

/**
 * Stores that a link that holders brought up has another activation since the service restarted (rule H1). No caller waits for it.
 */
export function carryOver(
  context: CommandContext,
  id: string,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  context.holders
    .locked(
      context.scope,
      id,
      async (held) => {
        // Each of the holders says so; the first is believed.
        if (held.owned === from) await held.join(to)
      },
      lockCall(context),
    )
    // Closed meanwhile: it has left the link.
    .catch(() => {})
}

function settle(
  context: CommandContext,
  id: string,
  run: Promise<{ readonly why: Failure | null; readonly joined: boolean; readonly target: string | null }>,
  { joined: otherwise }: { readonly joined: boolean },
): void {
  run.then(
    ({ why, joined, target }) => context.post(id, { type: 'deactivated', failure: why, joined, target }),
    (error: unknown) =>
      context.post(id, { type: 'deactivated', failure: failureFrom(error), joined: otherwise, target: null }),
  )
}

/** Asks the system to take an activation down, within the wind-down timeout. */
async function takeDown(context: CommandContext, id: string, activation: string): Promise<Failure | null> {
  const deadline = new AbortController()
  const undo = context.clock.after(context.windDownTimeout, () =>
    deadline.abort(new BackendError('ERR_TIMED_OUT', `the system did not take '${id}' down in time`)),
  )
  const either = eitherSignal(context.signal, deadline.signal)
  try {
    await context.backend.deactivate(id, activation, { signal: either.signal })
    return null
  } catch (error) {
    const why = failureFrom(error)
    // What is gone is down.
    return why.code === 'ERR_UNKNOWN_CONFIGURATION' ? null : why
  } finally {
    undo()
    either.release()
  }
}

/** An activation that was accepted after all sessions had stopped waiting becomes ours, so that it is taken down unless held (rule H6). */
function takeBackLate(context: CommandContext, id: string, answer: Promise<string>): void {
  const take = async () => {
    const activation = await answer
    await context.holders.locked(
      context.scope,
      id,
      async (held) => {
        const facts = find(context.backend, id)
        const superseded = facts?.activation != null && facts.activation !== activation
        if (superseded || facts?.ended?.activation === activation) return
        await held.join(activation)
        context.post(id, { type: 'activatedLate' })
      },
      lockCall(context),
    )
  }
  // A request that fails late, or that the closing manager cut short, leaves nothing to take back.
  take().catch(() => undefined)
}

/**
 * Rule H5: refuses a device if a session other than the asking one holds the link on it. To displace a link is to take it down, so it is not
 * enough to see no other holder: the command must exclude all others (rule H3).
 */
async function refuseBusy(
  context: CommandContext,
  id: string,
  held: Locked,
  asking: readonly SessionId[],
): Promise<void> {
  for (const rival of rivalsOf(context.backend, id)) {
    const theirs = held.has(rival.id) ? held.of(rival.id) : null
    const here = context.links.sessionsHolding(rival.id)
    const isTheirs = here.some((by) => asking.length !== 1 || asking[0] !== by)
    if (isTheirs || theirs === null || theirs.others > 0 || !(await theirs.exclude()))
      throw new Refusal(failure('ERR_NOT_SUPPORTED', 'deviceBusy', rival.name))
  }
}

/**
 * Rule H5: roaming takes no device from a link that only the system holds, even if that link came up a moment ago. That no other process
 * holds it is known by now. A link that is on its way down loses nothing.
 */
function refuseDisplacing(context: CommandContext, id: string): void {
  for (const rival of rivalsOf(context.backend, id)) {
    if (rival.link !== 'deactivating' && context.links.sessionsHolding(rival.id).length === 0)
      throw new Refusal(failure('ERR_NOT_SUPPORTED', 'deviceBusy', rival.name))
  }
}

/** Whether any session still wants the link brought up. */
function isWanted({ links }: CommandContext, id: string): boolean {
  return links.state(id).activationAttempt !== null
}

/** The link stays up, because others may hold it. */
const UNCERTAIN = failure('ERR_NOT_SUPPORTED', 'holdersUnknown')

const GONE = failure('ERR_UNKNOWN_CONFIGURATION', 'removed')

function failureFrom(error: unknown): Failure {
  return error instanceof Refusal ? error.failure : failureOf(error)
}
