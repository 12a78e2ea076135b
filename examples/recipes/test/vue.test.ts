// @vitest-environment happy-dom
// docs/recipes/vue.md
import { expect, it, onTestFinished } from 'vitest'
import { createApp, effectScope, nextTick, ref, shallowRef, watchSyncEffect } from 'vue'
import NetworkStatus from '../src/network-status.vue'
import { useSnapshot } from '../src/use-snapshot.js'
import { startMachine } from './machine.js'

it('a component shows the network from the first render on, follows it, and stops when it is unmounted', async () => {
  const { manager, session, world, listeners, open, unplug } = await startMachine()
  const page = document.createElement('main')
  const app = createApp(NetworkStatus, { manager, session })
  app.mount(page)
  const line = () => `${page.querySelector('p')?.className}: ${page.textContent?.trim()}`
  expect(line()).toBe('offline: Desk disconnected')
  world.failNext('desk', 'addressFailed')
  await expect(open()).rejects.toThrow()
  await nextTick()
  expect(line()).toBe(`offline: Desk disconnected ${session.errorString}`)
  await open()
  await nextTick()
  expect(line()).toBe('online: Desk connected')
  await unplug()
  await nextTick()
  expect(line()).toBe('offline: Desk notAvailable')
  expect(listeners()).toBe(2)
  app.unmount()
})

it('works in a scope outside of components, and keeps the objects of the snapshot', async () => {
  const { session, open } = await startMachine()
  const scope = effectScope()
  onTestFinished(() => scope.stop())
  const shown: string[] = []
  const link = scope.run(() => {
    const snapshot = useSnapshot(session)
    watchSyncEffect(() => shown.push(snapshot.value.state))
    return snapshot
  })
  await open()
  expect(shown).toEqual(['disconnected', 'connecting', 'connected'])
  expect(link?.value).toBe(session.getSnapshot())
})

it('a session works in a shallowRef, and not in a ref, whose proxy hides its private members', async () => {
  const { session } = await startMachine()
  expect(shallowRef(session).value.state).toBe('disconnected')
  expect(() => ref(session).value.state).toThrow(TypeError)
})
