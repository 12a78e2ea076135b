import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a program. Rejects if it does not exit by itself. */
export async function exits(words: readonly string[]): Promise<void> {
  await run(process.execPath, words, { timeout: 60_000 })
}

/** Runs a program that prints "still here" when an unreferenced timer fires. Rejects if it exits before that. */
export async function stays(words: readonly string[]): Promise<void> {
  const { stdout } = await run(process.execPath, words, { timeout: 60_000 })
  if (!stdout.includes('still here')) throw new Error('the process exited by itself')
}
