import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { info, nm, polkit } from '@roamkit/lab-linux'
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { PROFILE, until } from './host.js'
import { activeStates, calmLab } from './storm-lab.js'
import { StormTable } from './storm-table.js'

const CLIENT = fileURLToPath(new URL('./storm-client.mjs', import.meta.url))
const AS_NOBODY = 'setpriv'
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups']
const table = new StormTable('Unprivileged callers on real NetworkManager')

beforeEach(calmLab)
afterEach(async () => {
  await nm.stop()
  await nm.start({ polkit: 'false' })
  await calmLab()
})
afterAll(() => table.print('storms-permissions.txt'))

interface Said {
  readonly mayStart?: boolean
  readonly outcome?: string
  readonly words?: readonly string[]
  readonly state?: string
}

/** A client that runs as the user nobody. */
function startClient() {
  const child = spawn(AS_NOBODY, [...NOBODY, process.execPath, CLIENT], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.on('exit', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const said: Said[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line)))
  return {
    said,
    async open(profile: string): Promise<Said | undefined> {
      const before = said.length
      child.stdin.write(`${profile}\n`)
      const answer = () => said.slice(before).find(({ outcome }) => outcome !== undefined)
      await until(() => expect(answer()).toBeDefined())
      return answer()
    },
    async end(): Promise<unknown> {
      child.stdin.end()
      return exited
    },
  }
}

const DENIED = {
  outcome: 'operationNotSupported/denied',
  words: ['error:operationNotSupported/denied'],
  state: 'disconnected',
}
const OPENED = { outcome: 'opened', words: ['opened', 'closed'], state: 'disconnected' }

const isRootless = info().rootless
describe(`an unprivileged caller${isRootless ? ' (a rootless lab has no second user)' : ''}`, () => {
  it.skipIf(isRootless)('is denied with a reason, and leaves nothing, where only root may', async () => {
    await nm.stop()
    await nm.start({ polkit: 'root-only' })
    const client = startClient()
    await until(() => expect(client.said).toEqual([{ mayStart: false }]))
    expect(await client.open(PROFILE.b)).toEqual(DENIED)
    // A link that is up is anybody's to use, and nobody's but root's to take down.
    expect(await client.open(PROFILE.a)).toEqual({
      outcome: 'opened',
      words: ['opened', 'closed'],
      state: 'connected',
    })
    expect([...(await activeStates()).keys()]).toEqual(['lab-a'])
    expect(await client.end()).toBe(0)
    table.add('root-only', 'another user', DENIED.outcome)
  })

  it.skipIf(isRootless)('is denied if polkit asks and no agent answers', async () => {
    await nm.stop()
    await nm.start({ polkit: 'true' })
    const client = startClient()
    expect(await client.open(PROFILE.b)).toEqual(DENIED)
    expect(await client.end()).toBe(0)
    table.add('polkit', 'polkitd does not run', DENIED.outcome)
  })
})

const obstacle = polkit.obstacle()
describe(`an unprivileged caller, with the real polkitd${obstacle === null ? '' : ` (${obstacle})`}`, () => {
  it.skipIf(obstacle !== null)(
    'is denied without a rule, allowed from when there is one, denied again',
    async () => {
      await nm.stop()
      await polkit.start()
      onTestFinished(async () => {
        polkit.allow(null)
        await polkit.stop()
      })
      await nm.start({ polkit: 'true' })
      const client = startClient()
      expect(await client.open(PROFILE.b)).toEqual(DENIED)
      // Somebody with a password could allow it, for all that is known beforehand.
      expect(client.said[0]).toEqual({ mayStart: true })
      table.add('polkit', 'without a rule', DENIED.outcome)

      polkit.allow('nobody')
      await until(async () => expect(await client.open(PROFILE.b)).toEqual(OPENED))
      table.add('polkit', 'with a rule', OPENED.outcome)

      polkit.allow(null)
      await until(async () => expect(await client.open(PROFILE.b)).toEqual(DENIED))
      table.add('polkit', 'the rule is gone', DENIED.outcome)
      expect([...(await activeStates()).keys()]).toEqual(['lab-a'])
      expect(await client.end()).toBe(0)
    },
  )
})
