import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Elsewhere } from '@roamkit/conformance'
import { holdersElsewhere } from '../elsewhere/holders-elsewhere.mjs'

const PROGRAM = fileURLToPath(new URL('holders-elsewhere.mjs', import.meta.url))

/** Starts another process that counts holders. */
export async function startElsewhere(): Promise<Elsewhere> {
  const child = fork(PROGRAM, { execArgv: [] })
  const heard = new Set<(message: unknown) => void>()
  child.on('message', (message) => {
    for (const hear of [...heard]) hear(message)
  })
  await once(child, 'message') // that it is ready
  return holdersElsewhere({
    heard,
    send: (message) => child.connected && child.send(message, () => undefined),
    isThere: () => child.connected,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  })
}
