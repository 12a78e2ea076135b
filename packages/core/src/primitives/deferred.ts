/** A promise and its two ends (`Promise.withResolvers`, which Node 20 does not have). */
export interface Deferred<T> {
  readonly promise: Promise<T>
  /** Resolves the promise. */
  readonly resolve: (value: T) => void
  /** Rejects the promise. */
  readonly reject: (reason: unknown) => void
}

/** Makes a promise that somebody else settles. */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
