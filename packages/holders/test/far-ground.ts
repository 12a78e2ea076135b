import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FarGround } from '@roamkit/holders/ground-laws'
import { farGround as groundOf } from '../../../tests/elsewhere/far-ground.mjs'

const PROGRAM = fileURLToPath(new URL('far-ground.mjs', import.meta.url))

/** A far ground, and the process that it lives in. */
export interface FarProcess extends FarGround {
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** Starts a process that does with the ground of Linux what it is told, on another Node where one is named. */
export async function farGround(node = process.execPath, user: number | null = null): Promise<FarProcess> {
  const child = spawn(node, [PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(user === null ? {} : { uid: user }),
  })
  await once(child, 'spawn')
  const { ground, hear } = groundOf((message) => child.stdin.write(`${JSON.stringify(message)}\n`))
  createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line)))
  return {
    ...ground,
    process: child,
    stop: async () => void child.kill('SIGSTOP'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
