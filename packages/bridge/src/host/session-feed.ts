import type {
  InterfaceChange,
  LinkInterface,
  NetworkConfiguration,
  OfferData,
  RoamingTrial,
  SessionEvents,
  SessionLike,
  SessionSnapshot,
  TrialData,
} from '@roamkit/core'
import type {
  ConfigurationReference,
  OfferMessage,
  SessionEventMessage,
  SessionMessage,
  SnapshotMessage,
  TrialMessage,
} from '../protocol/messages.js'

/** How a message names a configuration. */
export type Reference = (configuration: NetworkConfiguration) => ConfigurationReference

/** Events of which a guest hears by name only. */
const FACTS = [
  'opened',
  'closed',
  'stateChanged',
  'healthChanged',
  'usagePoliciesChanged',
  'activeConfigurationChanged',
  'offerWithdrawn',
] as const

/** What a guest knows about a session, and what is new for it. Of several events with one name it gets the last. */
export class SessionFeed {
  readonly #session: SessionLike
  readonly #number: number
  readonly #changed: () => void
  readonly #events = new Map<string, (reference: Reference) => SessionEventMessage>()
  readonly #undo: (() => void)[]
  #snapshot: SessionSnapshot | null = null
  /** What changed about the interface since the last message. */
  #interface: { readonly before: LinkInterface; readonly gone: ReadonlySet<string> } | null = null

  /** @param changed called when there may be something new */
  constructor(session: SessionLike, number: number, changed: () => void) {
    this.#session = session
    this.#number = number
    this.#changed = changed
    const on = <Name extends keyof SessionEvents>(
      name: Name,
      message: (...values: SessionEvents[Name]) => (reference: Reference) => SessionEventMessage,
    ) => session.on(name, (...values) => this.#note(name, message(...values)))
    this.#undo = [
      session.subscribe(changed),
      ...FACTS.map((name) => on(name, () => () => [name])),
      on('error', (error) => () => ['error', error.toJSON()]),
      on('reopening', (...values) => () => ['reopening', ...values]),
      on('resumed', (msAsleep) => () => ['resumed', msAsleep]),
      on('roamingStarted', ({ from, to, because, explanation }) => (reference) => [
        'roamingStarted',
        { from: reference(from), to: reference(to), because, explanation },
      ]),
      on('newConfigurationActivated', (trial) => (reference) => [
        'newConfigurationActivated',
        trialMessage(dataOf(trial), reference),
      ]),
      on('interfaceChanged', (now, before, change) => {
        const merged = this.#mergeInterface(now, before, change)
        return () => ['interfaceChanged', merged.before, { addressesGone: [...merged.gone] }]
      }),
    ]
  }

  /** What is new since the last call; `null` if nothing is. */
  next(reference: Reference): SessionMessage | null {
    const before = this.#snapshot
    const after = this.#session.getSnapshot()
    const events = [...this.#events.values()].map((message) => message(reference))
    if (before === after && events.length === 0) return null
    this.#snapshot = after
    this.#events.clear()
    this.#interface = null
    const { bytesReceived: received, bytesWritten: written } = this.#session
    const snapshot = changesOf(before, after, reference)
    return { session: this.#number, snapshot, traffic: { received, written }, events }
  }

  /** Stops listening. */
  dispose(): void {
    for (const undo of this.#undo) undo()
  }

  #note(name: string, message: (reference: Reference) => SessionEventMessage): void {
    this.#events.delete(name)
    this.#events.set(name, message)
    this.#changed()
  }

  /** Several changes as one: from the first interface to the last, without the addresses that are back. */
  #mergeInterface(now: LinkInterface, before: LinkInterface, { addressesGone }: InterfaceChange) {
    const here = new Set(now.addresses.map((address) => address.replace(/\/\d+$/, '')))
    const gone = [...(this.#interface?.gone ?? []), ...addressesGone].filter((address) => !here.has(address))
    this.#interface = { before: this.#interface?.before ?? before, gone: new Set(gone) }
    return this.#interface
  }
}

/** The members that are different, with references in the place of configurations. */
function changesOf(
  before: SessionSnapshot | null,
  after: SessionSnapshot,
  reference: Reference,
): Partial<SnapshotMessage> {
  const changed = Object.entries(after).filter(
    ([name, value]) => before === null || before[name as keyof SessionSnapshot] !== value,
  )
  const { configuration, offer, trial, ...facts } = Object.fromEntries(changed) as Partial<SessionSnapshot>
  return {
    ...facts,
    ...(configuration === undefined ? {} : { configuration: reference(configuration) }),
    ...(offer === undefined ? {} : { offer: offer && offerMessage(offer, reference) }),
    ...(trial === undefined ? {} : { trial: trial && trialMessage(trial, reference) }),
  }
}

function offerMessage(offer: OfferData, reference: Reference): OfferMessage {
  return { ...offer, configuration: reference(offer.configuration) }
}

function trialMessage(trial: TrialData, reference: Reference): TrialMessage {
  return { ...trial, configuration: reference(trial.configuration), from: reference(trial.from) }
}

/** A trial without its functions, which no message can have. */
function dataOf({ id, configuration, from, deadline, remaining }: RoamingTrial): TrialData {
  return { id, configuration, from, deadline, remaining }
}
