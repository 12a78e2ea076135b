import { type callbacks, koffi } from './declarations.js'

type CallbackType = (typeof callbacks)[keyof typeof callbacks]

/**
 * Registers a function for Windows to call; to be given back by {@link unregistered}. A throw in one ends the process, whoever made it: an error goes to
 * `failed`, and Windows is answered with `answer`, or nothing where the function answers nothing.
 *
 * @param failed must not throw itself
 */
export function registered(
  // biome-ignore lint/suspicious/noExplicitAny: Windows's values, as the type of the callback has them
  run: (...values: any[]) => unknown,
  type: CallbackType,
  failed: (error: unknown) => void,
  answer?: number,
): bigint {
  return koffi.register((...values: unknown[]) => {
    try {
      return run(...values)
    } catch (error) {
      failed(error)
      return answer
    }
  }, type)
}

/** Gives a function back that nobody calls any more. */
export function unregistered(callback: bigint): void {
  koffi.unregister(callback)
}
