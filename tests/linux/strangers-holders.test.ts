import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { mock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager, systemClock } from '@roamkit/core'
import type { Held, Holders } from '@roamkit/core/contract'
import { LocalProcess, linuxHolders, linuxRendezvous, sharedHolders } from '@roamkit/holders'
import { expect, it, onTestFinished } from 'vitest'
import { deriveEndpoints } from '../../packages/holders/src/linux/loopback-socket.js'
import { entryNames, lockName } from '../../packages/holders/src/linux/socket-name.js'
import { farRendezvous } from '../../packages/holders/test/far-rendezvous.js'
import { startElsewhere } from './holders-elsewhere.js'

const CYCLES = Number(process.env.ROAMKIT_ROUNDS ?? 50)
const NOBODY = 65_534
const call = { signal: new AbortController().signal }
let scopes = 0

/** A link that nobody else counts at. */
function aLink() {
  scopes += 1
  const scope = `strangers ${process.pid} ${scopes}`
  return { scope, id: 'b', key: JSON.stringify([scope, 'b']) }
}

/** A process of another user that does harm; resolves when it has begun. */
async function stranger(harm: string, ...parameters: readonly string[]): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('holders-stranger.mjs', import.meta.url)), [harm, ...parameters], {
    uid: NOBODY,
    execArgv: [],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [word] = await once(child, 'message')
  expect(word).toBe('ready')
  return child
}

async function holdersHere(lockTimeout = 10_000): Promise<Holders> {
  const holders = await linuxHolders({ clock: systemClock, lockTimeout, process: new LocalProcess() })
  if (holders === null) throw new Error('not on Linux')
  onTestFinished(() => holders[Symbol.asyncDispose]())
  return holders
}

async function elsewhere() {
  const far = await startElsewhere()
  onTestFinished(() => far.kill())
  return far
}

async function timed<T>(run: () => Promise<T>) {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  const value = await run()
  const { user, system } = process.cpuUsage(cpu)
  return { value, ms: performance.now() - start, cpu: (user + system) / 1000 }
}

const look = async ({ others, owned, certainty }: Held) => ({ others, owned, certainty })

it(
  `${CYCLES} closes take nothing down that another process holds, while a stranger shifts the kernel's table (H3)`,
  async () => {
    const { scope, id, key } = aLink()
    const { holders: there } = await elsewhere()
    await there.locked(scope, id, (held) => held.join('activation'), call)
    const own = linuxRendezvous({ clock: systemClock })
    onTestFinished(() => own[Symbol.asyncDispose]())
    const [entry] = own.entries(key) ?? []
    await stranger('shift', ...entryNames(key, entry?.member ?? '', entry?.text ?? '').slice(-1))
    let isHiding = false
    let hidden = 0
    const entries = own.entries.bind(own)
    // Every other look misses everybody: what the stranger gets a few times in a hundred.
    const rendezvous = Object.assign(own, { entries: (name: string) => (isHiding ? [] : entries(name)) })
    const here = sharedHolders(rendezvous, {
      clock: systemClock,
      process: new LocalProcess(),
      handOverTimeout: 1,
    })
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      isHiding = cycle % 2 === 1
      await here.locked(scope, id, (held) => held.join(held.owned), call)
      await here.locked(
        scope,
        id,
        async (held) => {
          if (held.others === 0) {
            hidden += 1
            expect(await held.exclude()).toBe(false)
          }
          await held.leave()
        },
        call,
      )
    }
    console.log(`${CYCLES} closes, ${hidden} of them with the holder hidden`)
    expect(hidden).toBeGreaterThanOrEqual(Math.floor(CYCLES / 2))
    isHiding = false
    await there.locked(scope, id, (held) => held.leave(), call)
    await expect
      .poll(() => here.locked(scope, id, async (held) => held.others === 0 && held.exclude(), call))
      .toBe(true)
  },
  60_000 + CYCLES * 100,
)

it('a lock that a stranger has bound and never listens at is waited out once, without a busy loop (C6)', async () => {
  const { scope, id, key } = aLink()
  await stranger('squat', lockName(key))
  const here = await holdersHere(700)
  const first = await timed(() => here.locked(scope, id, look, call))
  expect(first.value).toEqual({ others: 1, owned: null, certainty: 'uncertain' })
  expect(first.ms).toBeGreaterThan(650)
  expect(first.cpu).toBeLessThan(first.ms / 2)
  expect(here.certainty).toBe('uncertain')
  const again = await timed(() => here.locked(scope, id, look, call))
  expect(again.value.others).toBe(1)
  // Another wait would take 700 ms at least.
  expect(again.ms).toBeLessThan(650)
})

it('a process that is stopped in the lock: every open() succeeds after the bound, and close() says that it stays up (C6, S8)', async () => {
  const far = await farRendezvous()
  onTestFinished(() => far.kill())
  const holders = await holdersHere(500)
  const driver = mock({ configurations: [{ id: 'b', name: 'b', device: null }], scope: 'stopped' })
  const manager = await NetworkConfigurationManager.open(driver, { holders })
  onTestFinished(() => manager.close())
  expect(await far.take(JSON.stringify(['stopped', 'b']))).toBe(true)
  await far.stop()
  const session = manager.createSession('b')
  const errors: string[] = []
  session.on('error', ({ reason }) => errors.push(reason))
  // The other process is stopped until the test ends.
  await session.open()
  await session.close()
  expect([session.isOpen, session.state, errors]).toEqual([false, 'connected', ['holdersUnknown']])
})

it('4000 claimed records, and their parts, are one cheap look and no more (H3)', async () => {
  const { scope, id, key } = aLink()
  const child = await stranger('names')
  const names = Array.from({ length: 4000 }, (_, index) =>
    entryNames(
      key,
      index.toString(36).padStart(11, 'A'),
      JSON.stringify([1, 'x', 1, 2 ** 50, 'lies '.repeat(20)]),
    ),
  ).flat()
  child.send(names)
  await once(child, 'message')
  const here = await holdersHere()
  const { value, cpu } = await timed(() => here.locked(scope, id, look, call))
  expect(value).toMatchObject({ owned: null })
  expect(value.others).toBeGreaterThan(0)
  console.log(`one look at 4000 claimed records: ${cpu.toFixed(0)} ms of CPU`)
  expect(here.list(scope, id).length).toBeLessThanOrEqual(512)
  expect(await here.locked(scope, id, (held) => held.exclude(), call)).toBe(false)
}, 60_000)

it('endpoints that a stranger has: one has no effect, two keep a link up until he releases them (H3)', async () => {
  const { scope, id, key } = aLink()
  const [one, two] = deriveEndpoints(`presence ${key}`, 3).map(({ address, port }) => `${address}:${port}`)
  const here = await holdersHere()
  await stranger('endpoints', one ?? '')
  await here.locked(scope, id, (held) => held.join('mine'), call)
  expect(here.certainty).toBe('certain')
  expect(await here.locked(scope, id, async (held) => (await held.exclude()) && held.leave(), call)).toBe(
    undefined,
  )
  const other = await stranger('endpoints', two ?? '')
  await here.locked(scope, id, (held) => held.join('mine'), call)
  expect(here.certainty).toBe('uncertain')
  expect(await here.locked(scope, id, (held) => held.exclude(), call)).toBe(false)
  const exit = once(other, 'exit')
  other.kill('SIGKILL')
  await exit
  expect(await here.locked(scope, id, (held) => held.exclude(), call)).toBe(true)
  expect(here.certainty).toBe('certain')
})

it('with hardly a descriptor left nothing is certain, and it is again when there are some (H3)', async () => {
  const program = fileURLToPath(new URL('few-descriptors.mjs', import.meta.url))
  const child = spawn('sh', ['-c', `ulimit -n 64 && exec "${process.execPath}" "${program}"`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (part) => {
    text += part
  })
  await once(child, 'close')
  const none = { certainty: 'uncertain', others: 1, excluded: false }
  expect(JSON.parse(text)).toEqual({
    0: none,
    1: none,
    2: none,
    3: none,
    all: { certainty: 'certain', others: 0, excluded: true },
  })
})

it('a worker thread counts as a process of its own', async () => {
  const { scope, id } = aLink()
  const worker = new Worker(new URL('holding-thread.mjs', import.meta.url), { workerData: { scope, id } })
  onTestFinished(() => void worker.terminate())
  await once(worker, 'message')
  const here = await holdersHere()
  const state = (held: Held) => Promise.all([held.others, held.exclude()])
  expect(await here.locked(scope, id, state, call)).toEqual([1, false])
  await worker.terminate()
  await expect.poll(() => here.locked(scope, id, state, call)).toEqual([0, true])
})

it('masses of connections prevent no process from counting', async () => {
  const { scope, id, key } = aLink()
  const here = await holdersHere()
  await here.locked(scope, id, (held) => held.join('mine'), call)
  const rendezvous = linuxRendezvous({ clock: systemClock })
  onTestFinished(() => rendezvous[Symbol.asyncDispose]())
  const [entry] = rendezvous.entries(key) ?? []
  await stranger('connect', ...entryNames(key, entry?.member ?? '', entry?.text ?? '').slice(-1))
  const { ms, cpu } = await timed(async () => {
    for (let count = 0; count < 20; count += 1) {
      expect((await here.locked(scope, id, look, call)).others).toBe(0)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  })
  console.log(
    `20 commands and half a second of waiting under a connection flood: ${ms.toFixed(0)} ms, ${cpu.toFixed(0)} ms of CPU`,
  )
})
