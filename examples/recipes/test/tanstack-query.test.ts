// docs/recipes/tanstack-query.md
import { MutationObserver, onlineManager, QueryClient, QueryObserver } from '@tanstack/query-core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { followManager, followSession } from '../src/online-manager.js'
import { startMachine } from './machine.js'

function startClient() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: 3 } } })
  client.mount()
  onTestFinished(() => {
    client.clear()
    client.unmount()
  })
  return client
}

function observe(client: QueryClient, queryFn: () => Promise<string>) {
  const query = new QueryObserver(client, { queryKey: ['readings'], queryFn })
  onTestFinished(query.subscribe(() => {}))
  return query
}

it('a query that starts without an uplink waits for one', async () => {
  const { manager, session, world, clock } = await startMachine()
  onTestFinished(followManager(manager))
  const fetch = vi.fn(async () => 'answer')
  const query = observe(startClient(), fetch)
  expect(query.getCurrentResult().fetchStatus).toBe('paused')
  expect(fetch).not.toHaveBeenCalled()
  world.up('desk')
  await clock.flush()
  expect(session.isOpen).toBe(false)
  expect(query.getCurrentResult().data).toBe('answer')
})

it('a query that fails because the link is lost is tried again when it is back', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { manager, open, unplug, plugIn } = await startMachine()
  await open()
  onTestFinished(followManager(manager))
  let fail = () => {}
  const fetch = vi.fn(async () => 'answer')
  fetch.mockImplementationOnce(
    () =>
      new Promise((_resolve, reject) => {
        fail = () => reject(new Error('no route'))
      }),
  )
  const query = observe(startClient(), fetch)
  await unplug()
  fail()
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(query.getCurrentResult()).toMatchObject({ fetchStatus: 'paused', failureCount: 1 })
  expect(fetch).toHaveBeenCalledTimes(1)
  await plugIn()
  await vi.advanceTimersByTimeAsync(0)
  expect(query.getCurrentResult()).toMatchObject({ data: 'answer', failureCount: 0 })
  expect(fetch).toHaveBeenCalledTimes(2)
})

it('a mutation waits for the session that it is to use, even if the machine is online', async () => {
  const { manager, session, world, clock, open, unplug } = await startMachine()
  world.add({ id: 'phone', bearer: 'lte', link: 'up' })
  await clock.flush()
  onTestFinished(followSession(session))
  const save = vi.fn(async () => 'saved')
  const mutation = new MutationObserver(startClient(), { mutationFn: save })
  const saved = mutation.mutate()
  await clock.flush()
  expect(manager.isOnline).toBe(true)
  expect(mutation.getCurrentResult().isPaused).toBe(true)
  await open()
  expect(await saved).toBe('saved')
  await unplug()
  expect([session.isOpen, onlineManager.isOnline()]).toEqual([true, false])
})

it('listens while a client is mounted, and not after the undo', async () => {
  const { manager, listeners } = await startMachine()
  const undo = followManager(manager)
  const client = new QueryClient()
  client.mount()
  client.unmount()
  expect(listeners()).toBe(0)
  client.mount()
  expect(listeners()).toBe(1)
  expect(onlineManager.isOnline()).toBe(false)
  undo()
  expect(listeners()).toBe(0)
  expect(onlineManager.isOnline()).toBe(true)
  client.unmount()
})
