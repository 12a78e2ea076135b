import type {
  InterfaceChange,
  LinkInterface,
  NetworkConfiguration,
  OfferData,
  RoamingOffer,
  RoamingTrial,
  SessionEvents,
  SessionSnapshot,
  TrialData,
} from '@roamkit/core'
import type { ConfigurationReference, SessionEventMessage } from '../protocol/messages.js'

/** An event with the arguments of its listeners. */
export type SessionEvent = {
  readonly [Name in keyof SessionEvents]: readonly [name: Name, ...values: SessionEvents[Name]]
}[keyof SessionEvents]

/** The names of the events, so that a misspelt one throws. */
export const SESSION_EVENTS: Readonly<Record<keyof SessionEvents, true>> = {
  opened: true,
  closed: true,
  stateChanged: true,
  error: true,
  roamingStarted: true,
  preferredConfigurationChanged: true,
  offerWithdrawn: true,
  newConfigurationActivated: true,
  reopening: true,
  interfaceChanged: true,
  healthChanged: true,
  usagePoliciesChanged: true,
  activeConfigurationChanged: true,
  resumed: true,
}

/** Makes what the arguments of events need. */
export interface EventParts {
  resolve(reference: ConfigurationReference): NetworkConfiguration
  error(data: NonNullable<SessionSnapshot['error']>): SessionEvents['error'][0]
  offer(data: OfferData): RoamingOffer
  trial(data: TrialData): RoamingTrial
}

/** Facts that changed without an event of the host are told in this order. */
const FACTS = [
  'closed',
  'usagePoliciesChanged',
  'activeConfigurationChanged',
  'healthChanged',
  'stateChanged',
  'opened',
] as const
type Fact = (typeof FACTS)[number]

/**
 * The events of one change, in the host's order. An event that tells of a fact comes only if the fact is different from what was told before,
 * and has the new value.
 */
export function sessionEvents(
  before: SessionSnapshot,
  after: SessionSnapshot,
  messages: readonly SessionEventMessage[],
  parts: EventParts,
): readonly SessionEvent[] {
  const untold = new Set<Fact>(FACTS)
  const events = messages.flatMap((message): readonly SessionEvent[] => {
    const [name] = message
    if (!isFact(name)) return eventOf(message, before, after, parts)
    untold.delete(name)
    return factEvent(name, before, after, parts)
  })
  const others = [...untold].flatMap((name) => factEvent(name, before, after, parts))
  return [...events, ...others, ...offerEvent(before, after, parts)]
}

function isFact(name: string): name is Fact {
  return (FACTS as readonly string[]).includes(name)
}

function factEvent(
  name: Fact,
  before: SessionSnapshot,
  after: SessionSnapshot,
  { resolve }: EventParts,
): readonly SessionEvent[] {
  switch (name) {
    case 'opened':
      return !before.isOpen && after.isOpen ? [[name]] : []
    case 'closed':
      return before.isOpen && !after.isOpen ? [[name]] : []
    case 'stateChanged':
      return before.state === after.state ? [] : [[name, after.state]]
    case 'healthChanged':
      return before.health === after.health ? [] : [[name, after.health, resolve(after.activeConfiguration)]]
    case 'usagePoliciesChanged': {
      const isSame = before.usagePolicies.join() === after.usagePolicies.join()
      return isSame ? [] : [[name, after.usagePolicies]]
    }
    case 'activeConfigurationChanged': {
      const isSame = before.activeConfiguration === after.activeConfiguration
      return isSame ? [] : [[name, after.activeConfiguration]]
    }
  }
}

function eventOf(
  message: Exclude<SessionEventMessage, readonly [Fact]>,
  before: SessionSnapshot,
  after: SessionSnapshot,
  { resolve, error, trial }: EventParts,
): readonly SessionEvent[] {
  switch (message[0]) {
    case 'error':
      return [['error', error(message[1])]]
    case 'roamingStarted': {
      const [name, start] = message
      return [[name, Object.freeze({ ...start, from: resolve(start.from), to: resolve(start.to) })]]
    }
    case 'newConfigurationActivated': {
      const [name, data] = message
      const known = after.trial?.id === data.id ? after.trial : null
      const made = { ...data, configuration: resolve(data.configuration), from: resolve(data.from) }
      return [[name, trial(known ?? made)]]
    }
    case 'interfaceChanged':
      return interfaceEvent(message, after)
    case 'offerWithdrawn': {
      // One that was answered, or that this guest never heard of, is not withdrawn.
      const { offer } = before
      return offer === null || offer.id === after.offer?.id ? [] : [[message[0], offer.configuration]]
    }
    case 'reopening':
    case 'resumed':
      return [message]
    default:
      return []
  }
}

function interfaceEvent(
  [name, before, change]: readonly [name: 'interfaceChanged', LinkInterface, InterfaceChange],
  { interface: now }: SessionSnapshot,
): readonly SessionEvent[] {
  return now === null ? [] : [[name, now, before, change]]
}

/** The host tells of no offers, because a listener of its own would make the session ask. The snapshot has them. */
function offerEvent(
  before: SessionSnapshot,
  { offer }: SessionSnapshot,
  parts: EventParts,
): readonly SessionEvent[] {
  if (offer === null || offer.id === before.offer?.id) return []
  return [['preferredConfigurationChanged', offer.configuration, offer.isSeamless, parts.offer(offer)]]
}
