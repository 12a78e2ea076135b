import { deferred } from '@roamkit/core/backend-kit'
import { BackendError } from '@roamkit/core/contract'
import { WinError } from '../ffi/numbers.js'
import { isServiceAway } from '../ffi/windows-error.js'
import type { WifiNote } from '../notifications/wifi-note.js'
import type { CommandContext } from './command-context.js'
import { locationDenied, refusal, serviceLost } from './command-errors.js'

/** The longest wait for the end of a scan, in milliseconds. Windows ends a scan within 4 s and notifies it. */
const LONGEST = 10_000

const WHAT = 'cannot scan'

type Outcome = 'scanned' | 'scanFailed' | 'serviceLost'

/** The scans in progress. */
export class Scans {
  readonly #context: CommandContext
  readonly #waiting = new Map<string, Set<(outcome: Outcome) => void>>()

  /** @param context what it needs of the backend */
  constructor(context: CommandContext) {
    this.#context = context
  }

  /** Ends the scans that a notification is about. */
  note({ kind, guid }: WifiNote): void {
    if (kind === 'scanned' || kind === 'scanFailed') this.#settle(guid, kind)
  }

  /** Ends all scans. */
  settleAll(outcome: Outcome): void {
    for (const guid of this.#waiting.keys()) this.#settle(guid, outcome)
  }

  /** Scans with one interface. Resolves when the scan has ended. Rejects with a `BackendError`. */
  async scan(guid: string): Promise<void> {
    const { host, service, markDirty } = this.#context
    const reader = service.current
    if (reader === null) throw serviceLost(WHAT)
    const end = deferred<Outcome>()
    const settle = (outcome: Outcome) => {
      stop()
      waiting.delete(settle)
      end.resolve(outcome)
    }
    const stop = host.clock.after(LONGEST, () => settle('scanned'))
    const waiting = this.#waiting.get(guid) ?? new Set()
    this.#waiting.set(guid, waiting.add(settle))
    const code = await reader.scan(guid)
    if (code !== WinError.Success) {
      settle('scanFailed')
      // The others wait for the same service. Otherwise a refusal is about this request alone.
      if (isServiceAway(code)) this.#settle(guid, 'serviceLost')
      throw code === WinError.AccessDenied ? locationDenied() : refusal(this.#context, 'WlanScan', code, WHAT)
    }
    const outcome = await end.promise
    if (outcome === 'serviceLost') throw serviceLost(WHAT)
    if (outcome === 'scanFailed')
      throw new BackendError('ERR_ACTIVATION_FAILED', `windows: ${WHAT}: the adapter reported a failure`)
    markDirty((dirty) => dirty.addWifi(guid, 'networks'))
  }

  #settle(guid: string, outcome: Outcome): void {
    for (const settle of [...(this.#waiting.get(guid) ?? [])]) settle(outcome)
  }
}
