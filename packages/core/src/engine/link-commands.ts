import {
  type Backend,
  BackendError,
  type Clock,
  type Held,
  type Holders,
  type LinkConfiguration,
  type LockCall,
} from '../contract/index.js'
import { type Failure, failure, failureOf } from '../links/failure.js'
import type { LastClose } from '../links/last-close.js'
import type { LinkInput } from '../links/link-messages.js'
import { refusalToRise } from '../links/link-state.js'
import type { SessionId } from '../links/session-id.js'
import { deferred } from '../primitives/deferred.js'
import { eitherSignal } from '../primitives/either-signal.js'
import { carries } from '../world/link-facts.js'

/** What the commands need of the engine. */
export interface CommandHost {
  readonly backend: Backend
  readonly holders: Holders
  readonly clock: Clock
  /** The key under which holders are counted. */
  readonly scope: string
  /** Aborted when the manager gives up everything. */
  readonly signal: AbortSignal
  /** How long the system may take to take a link down, in milliseconds. */
  readonly windDownTimeout: number
  /** The newest facts of a link, with `carrierGrace` applied (rule S12). */
  link(id: string): LinkConfiguration | null
  /** Which sessions of this manager hold that link. */
  holdersHere(id: string): readonly SessionId[]
  /** Whether any of them still wants the link brought up. */
  isWanted(id: string): boolean
  /** Whether that activation, which holders had brought up, was seen to end. */
  hasEnded(id: string, activation: string): boolean
  /** Hands an outcome to the link machine. */
  post(id: string, input: LinkInput): void
}

/** For whom a link is brought up, and whose it is to be. */
export interface Rise {
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
 * Joins the link under its lock and brings it up where it is not (rules S2, S3, H5, H7); the outcome is posted.
 * @returns stops the waiting for the system's answer and gives the lock back; an answer that comes late is taken back (H6)
 */
export function rise(host: CommandHost, id: string, { asking, asSystem, mayDisplace }: Rise): () => void {
  const abandoned = deferred()
  let isAbandoned = false
  let joined = false
  const run = async () => {
    const { backend } = host
    const input = await lockedWithRivals<LinkInput | null>(host, id, async (held) => {
      if (isAbandoned) return null
      // Rule C6: the wait for the locks is no part of the activation.
      host.post(id, { type: 'lockTaken' })
      const own = held.of(id)
      await own.join(own.owned)
      joined = true
      const facts = host.link(id)
      const refusal = refusalToRise(facts)
      if (refusal !== null || facts === null) throw new Refusal(refusal ?? GONE)
      if (facts.link === 'deactivating') return { type: 'notYet' }
      const current = carries(facts) || facts.link === 'activating' ? facts.activation : null
      if (current !== null && !mayBeOld(host, own, facts))
        return { type: 'rose', activation: current, own: false, owned: own.owned }
      await refuseBusy(host, id, held, asking)
      if (!mayDisplace) refuseDisplacing(host, id, held)
      // Given up while the locks were waited for: then the system is not even asked (rules S7, S9a).
      if (!host.isWanted(id)) throw new Refusal(failure('ERR_CLOSED', 'cancelled'))
      const answer = backend.activate(id, { signal: host.signal, secret: null })
      const activation = await Promise.race([answer, abandoned.promise])
      if (activation === undefined) {
        takeBackLate(host, id, answer)
        return null
      }
      if (activation === current) return { type: 'rose', activation, own: false, owned: own.owned }
      // What nobody wants any more is ours to take back (rule H6).
      const owned = asSystem && host.isWanted(id) ? null : activation
      await own.join(owned)
      return { type: 'rose', activation, own: true, owned }
    })
    if (input !== null && !isAbandoned) host.post(id, input)
  }
  run().catch((error: unknown) => {
    if (!isAbandoned) host.post(id, { type: 'riseFailed', failure: failureFrom(error), joined })
  })
  return () => {
    isAbandoned = true
    abandoned.resolve()
  }
}

/** Counts as a holder while the service is away: the link is brought up when it is back (rules H6, S14). */
export function join(host: CommandHost, id: string): void {
  const run = host.holders.locked(host.scope, id, async (held) => held.join(held.owned), lockCall(host))
  const done = () => host.post(id, { type: 'joined' })
  // Where it could not be counted now it is counted by the command that brings the link up.
  run.then(done, done)
}

/**
 * Whether the link may be on its way down although it is shown as up: another process that held it alone may have taken it down
 * in the moment before, and what it did reach us here before the news of it; or does so now, where it cannot be told who holds it.
 * The system is asked then: a link that is up answers with the activation that it has.
 */
function mayBeOld(
  { holders }: CommandHost,
  { others, certainty }: Held,
  { activate }: LinkConfiguration,
): boolean {
  return holders.reach === 'machine' && (others === 0 || certainty === 'uncertain') && activate !== 'no'
}

/** What is to become of a link that its last holder here leaves. */
export interface Fall {
  readonly lastClose: LastClose
  /** The activation that holders brought up, as far as this manager was told. */
  readonly owned: string | null
}

/**
 * Leaves the link under its lock; the last holder takes it down where it is ours, or `lastClose` says so (rules S8, H1, H6). Who is
 * the last one is not only looked for, but won (rule H3).
 */
export function fall(host: CommandHost, id: string, { lastClose, owned }: Fall): void {
  const run = host.holders.locked(
    host.scope,
    id,
    async (held) => {
      const facts = find(host.backend, id)
      if (held.certainty === 'uncertain') {
        await held.leave()
        // What would have gone down if nobody else had held it stays up, and it is said why (rule S8).
        const isLeftUp = isUp(facts) && toTakeDown(facts, owned, lastClose) !== null
        return { why: isLeftUp ? UNCERTAIN : null, joined: false, target: null }
      }
      const ours = held.owned !== null && host.hasEnded(id, held.owned) ? null : held.owned
      const wanted = held.others > 0 ? null : toTakeDown(facts, ours, lastClose)
      const target = wanted !== null && (await held.exclude()) ? wanted : null
      if (target !== null) {
        host.post(id, { type: 'falling', activation: target })
        const why = await takeDown(host, id, target)
        // The service is away: we stay a holder, and do it when it is back (rule H6).
        if (why?.code === 'ERR_SERVICE_LOST') return { why, joined: true, target }
        await held.leave()
        return { why, joined: false, target }
      }
      await held.leave()
      return { why: null, joined: false, target }
    },
    lockCall(host),
  )
  settle(host, id, run, { joined: false })
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
  if (owned === null || facts.ended?.activation === owned) return null
  // Down in the snapshot, but not seen to end: what was accepted may not show yet.
  return facts.activation === owned || facts.activation === null ? owned : null
}

/** Takes the link down, whoever holds it, and tells the other holders why (rule S10). */
export function stop(host: CommandHost, id: string): void {
  const run = host.holders.locked(
    host.scope,
    id,
    async (held) => {
      const facts = find(host.backend, id)
      const activation = facts === null || facts.link === 'down' ? held.owned : facts.activation
      if (activation === null || facts?.ended?.activation === activation)
        return { why: null, joined: true, target: null }
      host.post(id, { type: 'falling', activation })
      const why = await takeDown(host, id, activation)
      if (why === null) held.stopping(activation)
      return { why, joined: true, target: activation }
    },
    lockCall(host),
  )
  settle(host, id, run, { joined: true })
}

/** Tells the other holders of a link that has gone down that it was stopped (rule S9a); nobody waits for it. */
export function tellStopped(host: CommandHost, id: string, activation: string): void {
  host.holders
    .locked(host.scope, id, async (held) => held.stopping(activation), lockCall(host))
    // Closed meanwhile: those who wait see how long their grace is.
    .catch(() => {})
}

/** Stores that what holders brought up has another activation since the service was restarted (rule H1); nobody waits for it. */
export function carryOver(
  host: CommandHost,
  id: string,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  host.holders
    .locked(
      host.scope,
      id,
      async (held) => {
        // Each of the holders says so; the first is believed.
        if (held.owned === from) await held.join(to)
      },
      lockCall(host),
    )
    // Closed meanwhile: it has left the link.
    .catch(() => {})
}

function settle(
  host: CommandHost,
  id: string,
  run: Promise<{ readonly why: Failure | null; readonly joined: boolean; readonly target: string | null }>,
  { joined: otherwise }: { readonly joined: boolean },
): void {
  run.then(
    ({ why, joined, target }) => host.post(id, { type: 'fell', failure: why, joined, target }),
    (error: unknown) =>
      host.post(id, { type: 'fell', failure: failureFrom(error), joined: otherwise, target: null }),
  )
}

/** Asks the system to take an activation down, within the wind-down timeout. */
async function takeDown(host: CommandHost, id: string, activation: string): Promise<Failure | null> {
  const deadline = new AbortController()
  const undo = host.clock.after(host.windDownTimeout, () =>
    deadline.abort(new BackendError('ERR_TIMED_OUT', `the system did not take '${id}' down in time`)),
  )
  const either = eitherSignal(host.signal, deadline.signal)
  try {
    await host.backend.deactivate(id, activation, { signal: either.signal })
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

/** An activation that was accepted after everybody had stopped waiting becomes ours, so that it is taken down unless held (rule H6). */
function takeBackLate(host: CommandHost, id: string, answer: Promise<string>): void {
  const take = async () => {
    const activation = await answer
    await host.holders.locked(
      host.scope,
      id,
      async (held) => {
        const facts = find(host.backend, id)
        const superseded = facts?.activation != null && facts.activation !== activation
        if (superseded || facts?.ended?.activation === activation) return
        await held.join(activation)
        host.post(id, { type: 'roseLate' })
      },
      lockCall(host),
    )
  }
  // A request that fails late, or that the closing manager cut short, leaves nothing to take back.
  take().catch(() => undefined)
}

/**
 * Rule H5: a device that carries a link which anybody but the asking session holds is not for us. Displacing a link takes it down,
 * so that nobody else holds it is won and not only seen (rule H3).
 */
async function refuseBusy(
  host: CommandHost,
  id: string,
  held: Locked,
  asking: readonly SessionId[],
): Promise<void> {
  for (const rival of rivalsOf(host.backend, id)) {
    const theirs = held.has(rival.id) ? held.of(rival.id) : null
    const here = host.holdersHere(rival.id)
    const isTheirs = here.some((by) => asking.length !== 1 || asking[0] !== by)
    if (isTheirs || theirs === null || theirs.others > 0 || !(await theirs.exclude()))
      throw new Refusal(failure('ERR_NOT_SUPPORTED', 'deviceBusy', rival.name))
  }
}

/** Rule H5: roaming takes no device from a link that only the system holds, also where that came up a moment ago. */
function refuseDisplacing(host: CommandHost, id: string, held: Locked): void {
  for (const rival of rivalsOf(host.backend, id)) {
    const others = held.has(rival.id) ? held.of(rival.id).others : 0
    const holders = others + host.holdersHere(rival.id).length
    if (holders === 0) throw new Refusal(failure('ERR_NOT_SUPPORTED', 'deviceBusy', rival.name))
  }
}

/** The links that an activation would displace: those that are not down on the same device. */
function rivalsOf(backend: Backend, id: string): readonly LinkConfiguration[] {
  const device = find(backend, id)?.device ?? null
  if (device === null) return []
  return backend
    .snapshot()
    .configurations.filter((other) => other.id !== id && other.device === device && other.link !== 'down')
}

/**
 * Takes the locks of a link, of its device and of the links that it would displace there; again, where there is another one by
 * then. The device's own lock is for two that come up on one device at the same time.
 */
async function lockedWithRivals<T>(
  host: CommandHost,
  id: string,
  run: (held: Locked) => Promise<T>,
): Promise<T> {
  const call = lockCall(host)
  for (;;) {
    const { device, links } = locksFor(host.backend, id)
    const locked = () =>
      lockedAll(host, links, call, async (held) => {
        const isComplete = locksFor(host.backend, id).links.every((other) => held.has(other))
        return isComplete ? { value: await run(held) } : null
      })
    // No link may be called as the lock of a device is: so that is in a scope of its own.
    const outcome =
      device === null
        ? await locked()
        : await host.holders.locked(`device ${host.scope}`, device, locked, call)
    if (outcome !== null) return outcome.value
  }
}

/** The links whose locks are taken. */
interface Locked {
  has(id: string): boolean
  of(id: string): Held
}

/** What is to be locked: the device first, then the links in the order of their ids, so that no two commands wait for each other. */
function locksFor(
  backend: Backend,
  id: string,
): { readonly device: string | null; readonly links: readonly string[] } {
  const device = find(backend, id)?.device ?? null
  const rivals = device === null ? [] : rivalsOf(backend, id).map((rival) => rival.id)
  return { device, links: [id, ...rivals].sort() }
}

/** Takes several locks, in their order. The waits share the time of one (rule C6). */
async function lockedAll<T>(
  host: CommandHost,
  [id, ...rest]: readonly string[],
  call: LockCall,
  run: (held: Locked) => Promise<T>,
  held: ReadonlyMap<string, Held> = new Map(),
): Promise<T> {
  if (id !== undefined)
    return host.holders.locked(
      host.scope,
      id,
      (one) => lockedAll(host, rest, call, run, new Map(held).set(id, one)),
      call,
    )
  const of = (link: string): Held => {
    const one = held.get(link)
    if (one === undefined) throw new Error(`no lock for '${link}'`)
    return one
  }
  return run({ of, has: (link) => held.has(link) })
}

/** A command begins now, and waits no longer than the manager is open. */
function lockCall({ signal, clock }: CommandHost): LockCall {
  return { signal, since: clock.now() }
}

function find(backend: Backend, id: string): LinkConfiguration | null {
  return backend.snapshot().configurations.find((one) => one.id === id) ?? null
}

/** The link stays up, because others may hold it. */
const UNCERTAIN = failure('ERR_NOT_SUPPORTED', 'holdersUnknown')

const GONE = failure('ERR_UNKNOWN_CONFIGURATION', 'removed')

function failureFrom(error: unknown): Failure {
  return error instanceof Refusal ? error.failure : failureOf(error)
}
