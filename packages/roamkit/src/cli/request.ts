import type { ProbeTarget } from '../probe/probe-target.js'
import type { Shell } from './completion/shells.js'

/** The backends that can be asked for by name; `platform` is what one gets unasked. */
export type BackendName =
  | 'platform'
  | 'networkmanager'
  | 'connman'
  | 'networkd'
  | 'kernel'
  | 'windows'
  | 'generic'
  | 'mock'

/** Where the facts come from. */
export interface BackendChoice {
  readonly backend: BackendName
  /** The D-Bus address, `null`: the system's. */
  readonly bus: string | null
}

/** How a command prints what it has to say. */
export type Format = 'text' | 'json'

/** `roamkit list`. */
export interface ListRequest extends BackendChoice {
  readonly command: 'list'
  readonly format: Format
}

/** `roamkit scan`. */
export interface ScanRequest extends BackendChoice {
  readonly command: 'scan'
  readonly format: Format
}

/** `roamkit holders`. */
export interface HoldersRequest extends BackendChoice {
  readonly command: 'holders'
  readonly format: Format
}

/** `roamkit monitor`. */
export interface MonitorRequest extends BackendChoice {
  readonly command: 'monitor'
  readonly format: Format
  /** How text is shown on a terminal that can be redrawn; anything else gets lines. */
  readonly view: 'live' | 'lines'
  /** Milliseconds. `null`: until a signal. */
  readonly duration: number | null
}

/** `roamkit open`. */
export interface OpenRequest extends BackendChoice {
  readonly command: 'open'
  readonly format: Format
  /** An identifier or a name. */
  readonly target: string
  /** Milliseconds, `null`: until the command or a signal ends it. */
  readonly hold: number | null
  /** Milliseconds, `null`: core's default. */
  readonly grace: number | null
  /** What to run meanwhile, the program first; `null`: nothing. */
  readonly run: readonly [program: string, ...parameters: string[]] | null
}

/** How offers are answered: with yes, by asking, with no. `forced`: there are no offers, and the session roams on its own. */
export type RoamAnswer = 'accept' | 'ask' | 'never' | 'forced'

/** `roamkit roam`. */
export interface RoamRequest extends BackendChoice {
  readonly command: 'roam'
  readonly format: Format
  readonly answer: RoamAnswer
  /** What a candidate has to reach, `null`: nothing. */
  readonly probe: ProbeTarget | null
  /** Milliseconds. `null`: until a signal. */
  readonly duration: number | null
}

/** `roamkit doctor`. */
export interface DoctorRequest extends BackendChoice {
  readonly command: 'doctor'
  readonly format: Format
  /** An identifier or a name; `null`: all there is. */
  readonly target: string | null
}

/** `roamkit record`. */
export interface RecordRequest extends BackendChoice {
  readonly command: 'record'
  /** Where the trace is written. */
  readonly file: string
  /** An identifier or a name of what to open a session on; `null`: nothing. */
  readonly open: string | null
  /** Milliseconds. `null`: until a signal. */
  readonly duration: number | null
  readonly names: 'hidden' | 'clear'
}

/** `roamkit replay`. */
export interface ReplayRequest {
  readonly command: 'replay'
  readonly format: Format
  readonly file: string
}

/** `roamkit doctor --self-test`. */
export interface SelfTestRequest extends BackendChoice {
  readonly command: 'selfTest'
  readonly format: Format
}

/** `roamkit completion`. */
export interface CompletionRequest {
  readonly command: 'completion'
  readonly shell: Shell
}

/** `roamkit complete`, which the scripts of `roamkit completion` run. */
export interface CompleteRequest {
  readonly command: 'complete'
  readonly shell: Shell
  /** bash: the line up to the cursor, and what readline replaces. Otherwise the words after the program's name, the last one unfinished. */
  readonly words: readonly string[]
}

/** Everything that can be asked of the command line. */
export type Request =
  | ListRequest
  | ScanRequest
  | HoldersRequest
  | MonitorRequest
  | OpenRequest
  | DoctorRequest
  | SelfTestRequest
  | RoamRequest
  | RecordRequest
  | ReplayRequest
  | CompletionRequest
  | CompleteRequest
  | { readonly command: 'demo' | 'version' }
  | { readonly command: 'help'; readonly text: string }

/** The arguments are invalid. The message is for people, and holds what they wrote: untrusted text. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** The command line that shows the help for it. */
  readonly help: string

  constructor(message: string, { command }: { readonly command: string | null }, options?: ErrorOptions) {
    super(message, options)
    this.help = command === null ? 'roamkit --help' : `roamkit ${command} --help`
  }
}
