import type { Chooser } from './configurations/user-choice.js'
import type { Clock, Driver, Holders } from './contract/index.js'
import { LAST_CLOSE, type LastClose } from './links/last-close.js'
import { checkArgument, checkOptions, type Expected, expected } from './primitives/arguments.js'
import type { systemClock } from './primitives/time/system-clock.js'
import { DEFAULT_TIMES } from './primitives/time/times.js'

/** The options of a manager. Times are in milliseconds; `Infinity` means never. */
export interface ManagerOptions {
  /**
   * The clock. Tests pass a clock of their own. If it throws, the exception becomes an uncaught exception, and the system's clock replaces it.
   *
   * @defaultValue {@link systemClock}
   */
  readonly clock?: Clock
  /**
   * How long a session stays open while its link is lost (rule S12). With 0 it closes at once, as in Qt.
   *
   * @defaultValue 5000
   */
  readonly lossGrace?: number
  /**
   * How long a Wi-Fi link may be without carrier before that counts as a loss (rule S12: a change of BSSID is not a loss).
   *
   * @defaultValue 3000
   */
  readonly carrierGrace?: number
  /**
   * How long a lost service may take to come back before its links count as lost (rule S14).
   *
   * @defaultValue 10000
   */
  readonly serviceGrace?: number
  /**
   * How long the system may take to bring a link down before core counts it as a refusal (rule S8).
   *
   * @defaultValue 30000
   */
  readonly windDownTimeout?: number
  /**
   * What the last session on a link does with it when it closes, unless its `open()` says otherwise (rule H1).
   *
   * @defaultValue 'restore'
   */
  readonly lastClose?: LastClose
  /**
   * How long an offer after a loss waits for an answer before it counts as ignored (rule R11).
   *
   * @defaultValue 10000
   */
  readonly offerTimeout?: number
  /**
   * How long a trial waits for an answer before it counts as accepted (rule R13; as rejected, if a check or a policy has not answered: rule L7).
   *
   * @defaultValue 30000
   */
  readonly trialTimeout?: number
  /**
   * How long an access point that failed or was rejected is not a candidate (rule R19). Doubles each time.
   *
   * @defaultValue 60000
   */
  readonly retryAfter?: number
  /**
   * The upper limit of `retryAfter` when it doubles.
   *
   * @defaultValue 900000
   */
  readonly retryAfterLimit?: number
  /**
   * How long a session with `keepOpen` waits before it opens again for the first time. Doubles with each failure.
   *
   * @defaultValue 1000
   */
  readonly reopenDelay?: number
  /**
   * The upper limit of `reopenDelay` when it doubles.
   *
   * @defaultValue 60000
   */
  readonly reopenDelayLimit?: number
  /**
   * How much of each such delay is random, from 0 to 1, so that many machines that lose the same network are not all back at the same
   * moment. It only shortens: with 0.5, a delay of 8 seconds takes 4 to 8. With 0 all delays are exact. For a test, a function that returns
   * the part to leave out, from 0 to 1; it is called once for each delay. If it throws or returns anything else, the error surfaces and the
   * delay is exact (rule S16).
   *
   * @defaultValue 0.5
   */
  readonly reopenJitter?: number | (() => number)
  /**
   * How long an access point that was lost while in use must be good before a session prefers it again (rule L3). Doubles with each relapse. With
   * 0 a session prefers it at once.
   *
   * @defaultValue 3000
   */
  readonly recovery?: number
  /**
   * The upper limit of `recovery` when it doubles.
   *
   * @defaultValue 300000
   */
  readonly recoveryLimit?: number
  /**
   * How long the system must report `limited` connectivity before a session leaves for a metered link for that reason alone (rule L2).
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
  /**
   * The longest time that `close()` of the manager takes (rule M7).
   *
   * @defaultValue 10000
   */
  readonly closeTimeout?: number
  /**
   * Counts who holds links (rule H2). The manager disposes it.
   *
   * @defaultValue the backend's own, or if it has none, one that counts the managers of this process
   */
  readonly holders?: Holders
  /**
   * Asks the user when a session on `userChoice` is opened (rule M6).
   *
   * @defaultValue none: then the configuration `userChoice` does not exist
   */
  readonly chooser?: Chooser
  /**
   * Receives what the backend reports, for diagnosis only: names and details may change in any version, and texts are untrusted. If it
   * throws, the exception becomes an uncaught exception and stops nothing (rule S16).
   *
   * @defaultValue none
   */
  readonly log?: (event: string, detail?: object) => void
  /**
   * If you abort it, the wait for the backend ends: `NetworkConfigurationManager.open()` rejects with `signal.reason`.
   *
   * @defaultValue never aborted
   */
  readonly signal?: AbortSignal
}

const DURATIONS = Object.fromEntries(
  Object.keys(DEFAULT_TIMES).map((name) => [name, expected.milliseconds]),
) as Record<keyof typeof DEFAULT_TIMES, Expected>

const OPTIONS: Readonly<Record<keyof ManagerOptions, Expected>> = {
  ...DURATIONS,
  reopenJitter: expected.orFunction(expected.fraction),
  clock: expected.having('a Clock, with the functions now and after', 'now', 'after'),
  lastClose: LAST_CLOSE,
  holders: expected.having('Holders, with the functions locked, watch and list', 'locked', 'watch', 'list'),
  chooser: expected.callback,
  log: expected.callback,
  signal: expected.signal,
}

const DRIVER = expected.having('the driver of a backend, such as platform() gives', 'open')

/** Throws for what is no driver, an unknown option or an invalid value. @throws TypeError; RangeError for an invalid time */
export function checkDriver(driver: Driver, options: ManagerOptions): void {
  checkArgument('the driver of NetworkConfigurationManager.open()', driver, DRIVER)
  checkOptions('NetworkConfigurationManager.open()', options, OPTIONS)
  if (driver.contract === 1) return
  const version = String(driver.contract)
  throw new TypeError(
    `the backend '${driver.name}' speaks version ${version} of the contract; this core speaks 1`,
  )
}
