import { nearest } from '@roamkit/core/backend-kit'
import { InvalidArgumentError } from 'commander'
import type { ProbeTarget } from '../probe/probe-target.js'
import { parseProbeTarget } from '../probe/probe-target.js'
import type { BackendName } from './request.js'

/** The backends that can be asked for. */
export const BACKENDS = [
  'networkmanager',
  'connman',
  'networkd',
  'kernel',
  'windows',
  'generic',
  'mock',
] as const

/** The longest time that a timer understands. */
const LONGEST = 2 ** 31 - 1

/** @throws InvalidArgumentError, as all of these, with what would be right */
export function backendName(text: string): BackendName {
  const found = BACKENDS.find((known) => known === text)
  if (found !== undefined) return found
  const [guess] = nearest(text, BACKENDS)
  const choices = `Choose ${BACKENDS.slice(0, -1).join(', ')} or ${BACKENDS.at(-1)}.`
  throw new InvalidArgumentError(guess === undefined ? choices : `Did you mean ${guess}? ${choices}`)
}

/** Milliseconds that a timer understands. */
export function milliseconds(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= LONGEST) return value
  throw new InvalidArgumentError(`Use milliseconds, from 0 to ${LONGEST}.`)
}

/** What a probe tries. */
export function probeTarget(text: string): ProbeTarget {
  const target = parseProbeTarget(text)
  if (target !== null) return target
  throw new InvalidArgumentError('Use host:port or an http(s) URL.')
}
