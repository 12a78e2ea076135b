import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { info } from '@roamkit/lab-networkd'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { B, calm } from './host.js'

beforeEach(calm)

const NOBODY = 65_534

/** A program with a manager on the lab's networkd. */
const OPEN = `
import { networkd } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
const manager = await NetworkConfigurationManager.open(networkd())
`

function run(source: string, user: { readonly uid?: number } = {}): ChildProcess {
  const args = ['--input-type=module', '--eval', `${OPEN}${source}`]
  const child = spawn(process.execPath, args, { ...user, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function said(child: ChildProcess): Promise<string> {
  const [data] = await once(child.stdout ?? child, 'data')
  return String(data).trim()
}

describe('programs with systemd-networkd', () => {
  it.skipIf(info().rootless)(
    'E1: another user may read, and is denied what polkit does not permit',
    async () => {
      const source = `
const link = manager.configurationFromIdentifier('${B}')
const answer = await manager.createSession(link).open().then(() => 'opened', ({ code, reason }) => code + ' ' + reason)
console.log(link.state, answer)
await manager.close()
`
      expect(await said(run(source, { uid: NOBODY }))).toBe('discovered operationNotSupported denied')
    },
  )

  it('M3: a program that waits for its network is not woken up', async () => {
    const child = run("console.log('open')\n")
    await said(child)
    const wakeUps = () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
    }
    // What opening leaves behind: the first collection of garbage, the compiler.
    await delay(1000)
    const before = wakeUps()
    await delay(4000)
    const count = wakeUps() - before
    console.log(`networkd, idle for four seconds: woken up ${count} times`)
    expect(count).toBeLessThanOrEqual(2)
  })
})
