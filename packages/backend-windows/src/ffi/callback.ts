import { type callbacks, koffi } from './declarations.js'

type CallbackType = (typeof callbacks)[keyof typeof callbacks]

/**
 * Registers a function for Windows to call. Give it back with {@link unregisterCallback}. An exception in a callback would end the
 * process, so it goes to `onError` instead, and Windows gets `answer`.
 *
 * @param onError must not throw
 * @param answer omitted for functions that return nothing
 */
export function registerCallback(
  // biome-ignore lint/suspicious/noExplicitAny: Windows's values, as the type of the callback has them
  run: (...values: any[]) => unknown,
  type: CallbackType,
  onError: (error: unknown) => void,
  answer?: number,
): bigint {
  return koffi.register((...values: unknown[]) => {
    try {
      return run(...values)
    } catch (error) {
      onError(error)
      return answer
    }
  }, type)
}

/** Gives a callback back. Call it only when Windows can no longer call the function. */
export function unregisterCallback(callback: bigint): void {
  koffi.unregister(callback)
}
