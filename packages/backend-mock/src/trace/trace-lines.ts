import type { BackendErrorCode, LinkConfiguration, World } from '@roamkit/core/contract'

/** The version of the format that {@link recorded} writes and `parseTrace` reads. */
export const TRACE_VERSION = 1

/** The facts of a world, without its configurations. */
export type WorldFacts = Omit<World, 'configurations'>

/** The members of a union as keys, so that the compiler reports a missing one. */
type Words<Union extends string> = Readonly<Record<Union, true>>

const WORLD_FACTS: Words<keyof WorldFacts> = {
  ...{ service: true, updates: true, scope: true, scan: true, recheck: true, statistics: true },
  ...{ defaultId: true, power: true, directRouting: true },
}

const LINK_FACTS: Words<keyof LinkConfiguration> = {
  ...{ id: true, name: true, bearer: true, purpose: true, saved: true, uplink: true, activate: true },
  ...{
    deactivate: true,
    save: true,
    forget: true,
    inRange: true,
    carrier: true,
    link: true,
    activation: true,
  },
  ...{ ended: true, device: true, over: true, network: true, point: true, interface: true, proxy: true },
  ...{ wifi: true, signal: true, metered: true, cellular: true, connectivity: true, portal: true },
}

const CODES: Words<BackendErrorCode> = {
  ...{ ERR_NOT_SUPPORTED: true, ERR_UNKNOWN_CONFIGURATION: true, ERR_DENIED: true },
  ...{ ERR_ACTIVATION_FAILED: true, ERR_TIMED_OUT: true, ERR_SERVICE_LOST: true, ERR_CLOSED: true },
}

/** The codes of backend errors that a trace may have. */
export const ERROR_CODES = Object.keys(CODES) as readonly BackendErrorCode[]

/** The facts of a world that the contract has. A backend may add others, and `parseTrace` refuses them. */
export function worldFacts(world: World): WorldFacts {
  return known(world, WORLD_FACTS) as WorldFacts
}

/** The facts of a configuration that the contract has. */
export function linkFacts(link: LinkConfiguration): LinkConfiguration {
  return known(link, LINK_FACTS) as LinkConfiguration
}

function known(facts: object, words: object): object {
  return Object.fromEntries(Object.entries(facts).filter(([key]) => Object.hasOwn(words, key)))
}

/** The commands of a backend. */
export type Command = 'activate' | 'deactivate' | 'scan' | 'recheck' | 'save' | 'forget'

/** The first line of a trace. */
export interface TraceHeader {
  readonly roamkitTrace: typeof TRACE_VERSION
  /** The name of the driver. */
  readonly backend: string
  /** Whether names, addresses and identifiers are replaced by others. */
  readonly names: 'hidden' | 'clear'
}

/** What is different about the world. The first such line has all facts. */
export interface WorldLine {
  /** Milliseconds since the recording began. */
  readonly at: number
  readonly world: Partial<WorldFacts>
  /** Of each configuration that is new or different: its id, and the facts that are. */
  readonly set?: readonly (Partial<LinkConfiguration> & Pick<LinkConfiguration, 'id'>)[]
  /** The ids of configurations that are gone. */
  readonly removed?: readonly string[]
}

/** A command that the backend was given. */
export interface AskLine {
  readonly at: number
  /** A number for the command, for its answer. */
  readonly call: number
  readonly ask: Command
  readonly id?: string
  /** What `deactivate` was to take down. */
  readonly activation?: string
}

/** How a command ended. */
export interface AnswerLine {
  readonly at: number
  readonly call: number
  /** `activate`: the activation. Other commands: `null`. */
  readonly answer?: string | null
  readonly error?: { readonly code: BackendErrorCode; readonly message: string }
}

/** The system asked for a secret while it carried out a command. The secret is not in the trace. */
export interface SecretLine {
  readonly at: number
  readonly call: number
  readonly secret: { readonly fields: readonly string[]; readonly attempt: number }
}

/** What an application did with a session. */
export interface SessionCall {
  /** Which function of the session it called. */
  readonly does: 'open' | 'close'
}

/** What a session told the application. */
export type SessionEvent =
  /** `says`: what the event says, in words that name nothing. */
  | { readonly event: string; readonly says: string }
  /** An event about a configuration: its identifier. */
  | { readonly event: string; readonly configuration: string }

/** Says when a note about a session was made, and which session it is about. */
export interface OfSession {
  /** Milliseconds since the recording began. */
  readonly at: number
  /** A number for the session. */
  readonly session: number
  /** The identifier of the configuration that the session is on. */
  readonly on: string
}

/** A line about what an application did. */
export type SessionCallLine = SessionCall & OfSession

/** A line about what a session told. */
export type SessionEventLine = SessionEvent & OfSession

/** A line of a trace after the first. */
export type TraceLine = WorldLine | AskLine | AnswerLine | SecretLine | SessionCallLine | SessionEventLine
