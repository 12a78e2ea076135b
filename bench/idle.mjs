// How often a program wakes up that has an open session and nothing to do: `labs/linux/run node bench/idle.mjs networkmanager`.
// A process of its own is watched from outside, so that the watching wakes no thread of it.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connman, kernel, linux, networkd, networkManager } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'

const BACKENDS = { networkmanager: networkManager, connman, networkd, kernel, linux }
/** Seconds until what follows on opening is over, and of watching. */
const [SETTLE, WATCH] = [30, 60]

/** How often the threads of a process were scheduled because something happened. @param {number} pid */
function wakeUps(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))
    .map((status) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0))
    .reduce((sum, one) => sum + one, 0)
}

const [name = 'linux', role] = process.argv.slice(2)
const backend = BACKENDS[/** @type {keyof typeof BACKENDS} */ (name)]
if (backend === undefined) throw new Error(`choose one of ${Object.keys(BACKENDS).join(', ')}`)

if (role === 'idle') {
  const manager = await NetworkConfigurationManager.open(backend())
  const session = manager.createSession(manager.defaultConfiguration())
  if (session.configuration.isValid) await session.open()
  process.send?.(`${manager.backend.name}, ${session.state} on ${session.configuration.name || 'nothing'}`)
} else {
  const child = fork(fileURLToPath(import.meta.url), [name, 'idle'])
  const [what] = await once(child, 'message')
  await delay(SETTLE * 1000)
  const before = wakeUps(child.pid ?? 0)
  await delay(WATCH * 1000)
  console.log(`${what}: ${wakeUps(child.pid ?? 0) - before} wake-ups in ${WATCH} s`)
  child.kill()
}
