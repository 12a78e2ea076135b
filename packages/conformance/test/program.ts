import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a program of its own; rejects where it does not end by itself. */
export async function exits(words: readonly string[]): Promise<void> {
  await run(process.execPath, words, { timeout: 60_000 })
}

/** Runs a program that says so when a timer that keeps nothing alive has fired; rejects where it ended before. */
export async function stays(words: readonly string[]): Promise<void> {
  const { stdout } = await run(process.execPath, words, { timeout: 60_000 })
  if (!stdout.includes('still here')) throw new Error('the process has ended by itself')
}
