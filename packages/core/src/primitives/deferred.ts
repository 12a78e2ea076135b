/** A promise and its two ends (`Promise.withResolvers`, which Node 20 does not have). */
export interface Deferred<T> {
  /** The promise. */
  readonly promise: Promise<T>
  /** Resolves the promise. */
  readonly resolve: (value: T) => void
  /** Rejects the promise. */
  readonly reject: (reason: unknown) => void
}

/** Creates a promise that other code settles. */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** A promise whose rejection never counts as unhandled: code that does not await it is notified in another way (rule S17). */
export function ignoreRejection<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
