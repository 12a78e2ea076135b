/** A signal that follows two others, until it is let go of. */
export interface EitherSignal {
  readonly signal: AbortSignal
  /** Leaves nothing behind on the signals that it followed. */
  release(): void
}

/**
 * Aborts with the first of two signals. Not `AbortSignal.any`: on a signal that lives long, Node keeps an entry for every
 * signal that ever followed it (nodejs/node#55351).
 */
export function eitherSignal(one: AbortSignal, other: AbortSignal | undefined): EitherSignal {
  const controller = new AbortController()
  const follow = () => {
    controller.abort(one.aborted ? one.reason : other?.reason)
    release()
  }
  const release = () => {
    one.removeEventListener('abort', follow)
    other?.removeEventListener('abort', follow)
  }
  if (one.aborted || other?.aborted) follow()
  else {
    one.addEventListener('abort', follow, { once: true })
    other?.addEventListener('abort', follow, { once: true })
  }
  return { signal: controller.signal, release }
}
