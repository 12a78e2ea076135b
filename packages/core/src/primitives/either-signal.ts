import { onAbort } from './abort-listeners.js'

/** A signal that follows two others until it is released. */
export interface EitherSignal {
  readonly signal: AbortSignal
  /** Leaves nothing behind on the signals that it followed. */
  release(): void
}

/**
 * Aborts with the first of two signals. Not `AbortSignal.any`: on a signal that lives long, Node keeps an entry for every
 * signal that ever followed it (nodejs/node#55351).
 */
export function eitherSignal(one: AbortSignal, other?: AbortSignal): EitherSignal {
  const controller = new AbortController()
  const undo: (() => void)[] = []
  const release = () => {
    for (const each of undo.splice(0)) each()
  }
  const follow = () => {
    controller.abort(one.aborted ? one.reason : other?.reason)
    release()
  }
  if (one.aborted || other?.aborted) follow()
  else {
    undo.push(onAbort(one, follow))
    if (other !== undefined) undo.push(onAbort(other, follow))
  }
  return { signal: controller.signal, release }
}
