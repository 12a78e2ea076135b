import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Line } from '@roamkit/lab-fake-networkmanager/recording'

/** What the Wi-Fi lab has recorded. */
export const RECORDINGS = fileURLToPath(
  new URL('../../labs/fake-networkmanager/recordings/', import.meta.url),
)

export function readRecording(name: string): Line[] {
  return readFileSync(`${RECORDINGS}${name}.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}
