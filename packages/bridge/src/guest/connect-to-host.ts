import { BackendError, type Chooser, type Clock, systemClock } from '@roamkit/core'
import { checkOptions, deferred, type Expected, expected, onAbort } from '@roamkit/core/backend-kit'
import { type BridgePort, checkPort } from '../port.js'
import { showPresence } from '../presence.js'
import { type HostMessage, VERSION, type WelcomeMessage } from '../protocol/messages.js'
import { Connection } from './connection.js'
import { closedError } from './errors.js'
import { MirroredManager } from './mirrored-manager.js'
import type { ManagerMirror } from './mirrors.js'

/** Options of {@link connectToHost}. */
export interface GuestOptions {
  /**
   * Ends the wait for the host, which rejects with `signal.reason`.
   *
   * @defaultValue never aborted
   */
  readonly signal?: AbortSignal
  /**
   * Asks the user when a session on `userChoice` is opened, if the host lets this guest `choose` (rule M6).
   *
   * @defaultValue none
   */
  readonly chooser?: Chooser
  /**
   * The clock of the timers in this process. The mirror's own clock has the time of the host's manager, so that it can be compared with the
   * deadlines of offers and trials.
   *
   * @defaultValue `systemClock` of `@roamkit/core`
   */
  readonly clock?: Clock
}

const OPTIONS: Readonly<Record<keyof GuestOptions, Expected>> = {
  signal: expected.signal,
  chooser: expected.callback,
  clock: expected.having('a Clock, with the functions now and after', 'now', 'after'),
}

/**
 * Connects to the host at the other end of a port, which calls `hostManager()` with its end. Resolves when the mirror has everything that the
 * manager shows. Waits until the host answers. The port belongs to the connection from here on.
 * @throws TypeError for invalid arguments; `signal.reason`; BackendError `ERR_NOT_SUPPORTED` if the host has another version of the messages,
 * and `ERR_CLOSED` if the connection ends first
 */
export async function connectToHost(port: BridgePort, options: GuestOptions = {}): Promise<ManagerMirror> {
  checkPort('connectToHost()', port)
  checkOptions('connectToHost()', options, OPTIONS)
  const { signal, chooser = null, clock = systemClock } = options
  signal?.throwIfAborted()
  const [connected, ended] = [deferred<ManagerMirror>(), deferred()]
  let welcome: WelcomeMessage | null = null
  let manager: MirroredManager | null = null
  const receive = (message: HostMessage) => {
    if (manager !== null) return manager.receive(message)
    if (message.roamkit === 'welcome' && message.version === VERSION) welcome = message
    else if (message.roamkit === 'welcome' || message.roamkit === 'refused') {
      connected.reject(versionError(message.version))
      connection.end()
    } else if (message.roamkit === 'bye') connection.end()
    else if (welcome !== null && isFirst(message)) {
      connection.maxCalls = welcome.maxCalls
      manager = new MirroredManager(connection, welcome, message, {
        clock: clockOf(clock, welcome.now),
        chooser,
      })
      connection.post({ roamkit: 'received', sequence: message.sequence })
      connected.resolve(manager)
    }
  }
  const connection = new Connection(port, {
    message: receive,
    ended() {
      ended.resolve()
      manager?.end()
      connected.reject(closedError())
    },
  })
  void showPresence(ended.promise).then((presence) =>
    connection.post({ roamkit: 'hello', version: VERSION, hasChooser: chooser !== null, presence }),
  )
  const abort = () => {
    connected.reject(signal?.reason)
    connection.end()
  }
  const undo = signal === undefined ? () => {} : onAbort(signal, abort)
  return connected.promise.finally(undo)
}

type FirstUpdate = ConstructorParameters<typeof MirroredManager>[2]

function isFirst(message: HostMessage): message is FirstUpdate {
  return message.roamkit === 'update' && message.manager !== null && message.manager.backend !== null
}

/** The time of the host, with the timers of this process. */
function clockOf(clock: Clock, now: number): Clock {
  const ahead = now - clock.now()
  return {
    now: () => clock.now() + ahead,
    after: (ms, run) => clock.after(ms, run),
    isVirtual: clock.isVirtual ?? false,
  }
}

function versionError(version: unknown): BackendError {
  return new BackendError(
    'ERR_NOT_SUPPORTED',
    `the host speaks version ${String(version)} of the bridge, this guest speaks ${VERSION}`,
  )
}
