/**
 * Keeps this process alive until it is disposed: a manager does not (its timers are unreferenced), and nothing else may be
 * pending while a session is held.
 */
export function stay(): Disposable {
  const longest = 2 ** 31 - 1
  const handle = setInterval(() => {}, longest)
  return { [Symbol.dispose]: () => clearInterval(handle) }
}
