import { constants } from 'node:os'
import type { OutputEnd } from './output.js'

/** Standard output could not be written: `EX_IOERR` of sysexits.h. */
export const OUTPUT_FAILED = 74

/**
 * The exit code of a program that was ended so, as shells count: 128 and the signal's number; 0 if the reader of its output
 * has gone, {@link OUTPUT_FAILED} if its output failed.
 */
export function exitCodeOf(by: OutputEnd | NodeJS.Signals): number {
  if (by === 'reader') return 0
  return by === 'failure' ? OUTPUT_FAILED : 128 + constants.signals[by]
}
