// @vitest-environment happy-dom
// docs/recipes/svelte.md
import { flushSync, mount, tick, unmount } from 'svelte'
import { get } from 'svelte/store'
import { expect, it } from 'vitest'
import NetworkStatus from '../src/network-status.svelte'
import { snapshotStore } from '../src/snapshot-store.js'
import { startMachine } from './machine.js'
import NetworkLine from './network-line.svelte'

it.each([
  ['reactive properties', NetworkStatus, 'Desk '],
  ['stores', NetworkLine, ''],
])(
  'a component with %s shows the network from the first render on, follows it, and stops when it is unmounted',
  async (_, component, name) => {
    const { manager, session, listeners, open, unplug } = await startMachine()
    const page = document.createElement('main')
    const mounted = mount(component, { target: page, props: { manager, session } })
    const line = () => {
      flushSync()
      return `${page.querySelector('p')?.className}: ${page.textContent?.trim()}`
    }
    expect(line()).toBe(`offline: ${name}disconnected`)
    await open()
    expect(line()).toBe(`online: ${name}connected`)
    await unplug()
    expect(line()).toBe(`offline: ${name}notAvailable`)
    expect(listeners()).toBe(2)
    await unmount(mounted)
    await tick()
    expect(listeners()).toBe(0)
  },
)

it('a store that nothing has subscribed to has the newest value', async () => {
  const { session, open } = await startMachine()
  const store = snapshotStore(session)
  await open()
  expect(get(store).state).toBe('connected')
})
