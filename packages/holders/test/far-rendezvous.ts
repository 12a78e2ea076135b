import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FarRendezvous } from '@roamkit/holders/rendezvous-laws'
import { farRendezvous as rendezvousOf } from '../../../tests/elsewhere/far-rendezvous.mjs'

const PROGRAM = fileURLToPath(new URL('far-rendezvous.mjs', import.meta.url))

/** A far rendezvous, and the process that it lives in. */
export interface FarProcess extends FarRendezvous {
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** Starts a process that does with the rendezvous of Linux what it is told, on another Node where one is named. */
export async function farRendezvous(
  node = process.execPath,
  user: number | null = null,
): Promise<FarProcess> {
  const child = spawn(node, [PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(user === null ? {} : { uid: user }),
  })
  await once(child, 'spawn')
  const { rendezvous, hear } = rendezvousOf((message) => child.stdin.write(`${JSON.stringify(message)}\n`))
  createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line)))
  return {
    ...rendezvous,
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
