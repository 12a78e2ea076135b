import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Played, play, type Run } from '@roamkit/lab-wifi'
import type { TestContext } from 'vitest'

/** Where `npm test` finds what is to be printed at its end. */
const REPORTS = fileURLToPath(new URL('../reports/wifi/', import.meta.url))

/** Longer than any run takes, in milliseconds. */
export const RUN_LIMIT = 700_000

/** Plays all scenarios, in one virtual machine. */
export async function playAll(): Promise<Run> {
  const run = await play({
    isRealTime: process.env.ROAMKIT_WIFI_REAL_TIME === '1',
    mayBuild: false,
    keep: `${REPORTS}guest`,
  })
  mkdirSync(REPORTS, { recursive: true })
  writeFileSync(`${REPORTS}times.txt`, table(run))
  if (run.problem !== null) throw new Error(run.problem)
  return run
}

/** What happened in a scenario, in order. Skips the test if it was not played, and fails if it did not come to its end. */
export function eventsOf(run: Run, name: string, context: TestContext): readonly string[] {
  const played = run.played.find((one) => one.name === name)
  if (played === undefined) throw new Error(`there is no scenario "${name}"`)
  if (played.skipped !== null) {
    Object.assign(context.task.meta, { reason: played.skipped })
    context.skip(played.skipped)
  }
  const events = played.entries.map(({ text }) => text)
  if (played.failure !== null) throw new Error(`${played.failure}\n${events.join('\n')}`)
  return events
}

function table({ kernel, because, isRealTime, seconds, played }: Run): string {
  const which = kernel === 'userMode' ? 'the user-mode kernel' : "Debian's kernel under qemu"
  const clock = isRealTime ? 'real time' : 'simulated time'
  const head = `wifi: ${which} (${because}), ${clock}, ${seconds.toFixed(1)} s of this machine; in the guest's seconds:`
  return `${[head, ...played.map(row)].join('\n')}\n`
}

/** In seconds: what happens right after something else needs no time of its own. */
const AT_ONCE = 0.1

function row({ name, seconds, entries, skipped }: Played): string {
  if (skipped !== null) return `${'-'.padStart(7)}  ${name}: skipped, ${skipped}`
  const takesTime = entries.filter(({ at }, index) => at - (entries[index - 1]?.at ?? 0) >= AT_ONCE)
  const steps = takesTime.map(({ at, text }) => `${at.toFixed(1)} ${text}`).join(', ')
  return `${seconds.toFixed(1).padStart(7)}  ${name}${steps === '' ? '' : `: ${steps}`}`
}
