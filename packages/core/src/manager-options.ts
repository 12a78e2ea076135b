import type { Chooser } from './configurations/user-choice.js'
import type { Clock, Holders } from './contract/index.js'
import { LAST_CLOSE, type LastClose } from './links/last-close.js'
import { checkOptions, type Expected, expected } from './primitives/arguments.js'
import type { systemClock } from './primitives/system-clock.js'
import { DEFAULT_TIMES } from './primitives/times.js'

/** How a manager is set up. Times are in milliseconds; `Infinity` means never. */
export interface ManagerOptions {
  /** Time; {@link systemClock} unless a test brings its own. What it throws surfaces, and the system's own clock stands in. */
  readonly clock?: Clock
  /** How long a session stays open while its link is lost (rule S12); default 5000, 0 closes it at once as Qt does. */
  readonly lossGrace?: number
  /** How long a wlan may be without carrier before that counts as a loss (rule S12: a change of BSSID is none); default 3000. */
  readonly carrierGrace?: number
  /** How long a service that is away may take to come back before its links count as lost (rule S14); default 10000. */
  readonly serviceGrace?: number
  /** How long the system may take to take a link down before that counts as refused (rule S8); default 30000. */
  readonly windDownTimeout?: number
  /** What the last session on a link does with it, unless its `open()` said otherwise (rule H1); default `restore`. */
  readonly lastClose?: LastClose
  /** How long an offer after a loss waits for an answer before it counts as ignored (rule R11); default 10000. */
  readonly offerDeadline?: number
  /** How long a trial waits for an answer before it counts as accepted (rule R13); default 30000. */
  readonly trialDeadline?: number
  /** How long an access point that failed or was rejected is no candidate (rule R19); doubles each time; default 60000. */
  readonly retryAfter?: number
  /** The longest such time; default 900000. */
  readonly retryAfterLimit?: number
  /** The first pause of a session that is kept open (`keepOpen`) before it is opened again; doubles with each failure; default 1000. */
  readonly reopenDelay?: number
  /** The longest such pause; default 60000. */
  readonly reopenDelayLimit?: number
  /**
   * How long an access point that was lost while in use has to be good before it is preferred again (rule L3). Doubles with each relapse;
   * 0 prefers it at once.
   *
   * @defaultValue 3000
   */
  readonly recovery?: number
  /**
   * The longest such time.
   *
   * @defaultValue 300000
   */
  readonly recoveryLimit?: number
  /**
   * How long the system's connectivity has to be `limited` before a session leaves for a metered link because of that alone (rule L2).
   *
   * @defaultValue 30000
   */
  readonly limitedDwell?: number
  /**
   * How long graces, offers, trials, health checks and roaming pause after the machine wakes, so that links can come back (rule L4).
   *
   * @defaultValue 30000
   */
  readonly wakeGrace?: number
  /** Bounds `close()` of the manager (rule M7); default 10000. */
  readonly closeTimeout?: number
  /** Who else holds links; by default the managers of this process (rule H2). The manager disposes it. */
  readonly holders?: Holders
  /** Asks the user for sessions on `userChoice` (rule M6); without one there is no such configuration. */
  readonly chooser?: Chooser
  /** What the backend has to say, for diagnosis; hostile text. What it throws surfaces, and stops nothing (rule S16). */
  readonly log?: (event: string, detail?: object) => void
  /** Ends the wait for the backend to open. */
  readonly signal?: AbortSignal
}

const DURATIONS = Object.fromEntries(
  Object.keys(DEFAULT_TIMES).map((name) => [name, expected.milliseconds]),
) as Record<keyof typeof DEFAULT_TIMES, Expected>

const OPTIONS: Readonly<Record<keyof ManagerOptions, Expected>> = {
  ...DURATIONS,
  clock: expected.having('a Clock, with the functions now and after', 'now', 'after'),
  lastClose: LAST_CLOSE,
  holders: expected.having('Holders, with the functions locked, watch and list', 'locked', 'watch', 'list'),
  chooser: expected.callback,
  log: expected.callback,
  signal: expected.signal,
}

/** Refuses what is no option of a manager, or cannot be its value. @throws TypeError; RangeError for a time that is none */
export function checkManagerOptions(options: ManagerOptions): void {
  checkOptions('NetworkConfigurationManager.open()', options, OPTIONS)
}
