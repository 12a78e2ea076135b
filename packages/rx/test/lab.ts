import { type MockConfiguration, type MockDriver, mock, VirtualClock } from '@roamkit/backend-mock'
import { type ManagerOptions, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { config, type Observable, type SchedulerLike, type Subscription } from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'
import { expect, onTestFinished } from 'vitest'

/** A manager on a scripted host, in virtual time. */
export interface Lab {
  readonly clock: VirtualClock
  readonly world: MockDriver['world']
  readonly manager: NetworkConfigurationManager
}

/** `a` is up, `b` and `c` are down. */
const THREE: readonly MockConfiguration[] = [{ id: 'a', link: 'up' }, { id: 'b' }, { id: 'c' }]

/** Opens a lab, which is closed when the test has ended. */
export async function openLab(
  configurations: readonly MockConfiguration[] = THREE,
  options: ManagerOptions = {},
): Promise<Lab> {
  const clock = new VirtualClock()
  const driver = mock({ configurations })
  const manager = await NetworkConfigurationManager.open(driver, { clock, reopenJitter: 0, ...options })
  onTestFinished(async () => {
    const closed = manager.close()
    await clock.advance(60_000)
    await closed
    expect(clock.pending).toBe(0)
  })
  return { clock, world: driver.world, manager }
}

/** Opens a session, in virtual time. */
export async function open(
  { clock }: Lab,
  session: NetworkSession,
  options: Parameters<NetworkSession['open']>[0] = {},
): Promise<NetworkSession> {
  const opened = session.open(options)
  await clock.advance(100)
  await opened
  return session
}

/** Records what a stream emits, in order, with `complete` or the error's code at the end. */
export function listen<Value, Word>(
  stream: Observable<Value>,
  word: (value: Value) => Word,
): { readonly words: (Word | string)[]; readonly subscription: Subscription } {
  const words: (Word | string)[] = []
  const subscription = stream.subscribe({
    next: (value) => words.push(word(value)),
    error: (error) => words.push(`error:${error.code}/${error.reason}`),
    complete: () => words.push('complete'),
  })
  onTestFinished(() => subscription.unsubscribe())
  return { words, subscription }
}

/** Counts the listeners and subscribers of a session or a manager from now on. */
export function countListeners(source: NetworkSession | NetworkConfigurationManager): {
  readonly live: number
} {
  const counter = { live: 0, ever: 0 }
  for (const name of ['on', 'subscribe'] as const) {
    const original = (source[name] as (...words: never[]) => () => void).bind(source)
    const counted = (...words: never[]) => {
      const undo = original(...words)
      counter.live += 1
      let isLive = true
      return () => {
        if (isLive) counter.live -= 1
        isLive = false
        undo()
      }
    }
    Object.assign(source, { [name]: counted })
  }
  return counter
}

/** Collects the messages of the errors that RxJS reports as uncaught from now on. */
export function uncaught(): () => Promise<readonly string[]> {
  const messages: string[] = []
  config.onUnhandledError = (error) => messages.push(error.message)
  onTestFinished(() => {
    config.onUnhandledError = null
  })
  return async () => {
    // RxJS reports in a timer without delay, and timers run in order.
    await new Promise((resolve) => setTimeout(resolve))
    return messages
  }
}

/** Runs a marble test. Pass the scheduler to operators that take one. */
export function marbles(run: (helpers: RunHelpers, scheduler: SchedulerLike) => void): void {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected))
  scheduler.run((helpers) => run(helpers, scheduler))
}
