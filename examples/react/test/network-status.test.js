import { readFileSync } from 'node:fs'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { act, createElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { NetworkStatus } from '../src/network-status.jsx'
import { useSnapshot } from '../src/use-snapshot.js'

globalThis.IS_REACT_ACT_ENVIRONMENT = true

/** The same without streams: the hook reads the snapshots themselves. */
function PlainStatus({ manager, session }) {
  const { isOnline } = useSnapshot(manager)
  const { state, configuration, interface: link } = useSnapshot(session)
  const text = [configuration.name, state, link?.name ?? 'nowhere'].join(' ')
  return createElement('p', { className: isOnline ? 'online' : 'offline' }, text)
}

/** A component on a page, on a scripted host in virtual time. */
async function mount({ name = 'Desk', component = NetworkStatus } = {}) {
  // React says there what is wrong with a store.
  const complaints = vi.spyOn(console, 'error')
  const clock = new VirtualClock()
  const driver = mock({ configurations: [{ id: 'desk', name, device: 'eth0' }] })
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  const session = manager.createSession('desk')
  const page = document.body.appendChild(document.createElement('main'))
  const root = createRoot(page)
  let subscriptions = 0
  for (const source of [manager, session]) {
    const subscribe = source.subscribe.bind(source)
    source.subscribe = (listener) => {
      const undo = subscribe(listener)
      subscriptions += 1
      return () => {
        subscriptions -= 1
        undo()
      }
    }
  }
  await act(() =>
    root.render(createElement(StrictMode, null, createElement(component, { manager, session }))),
  )
  const advance = (ms) => act(() => clock.advance(ms))
  onTestFinished(async () => {
    await act(() => root.unmount())
    expect(subscriptions).toBe(0)
    expect(complaints).not.toHaveBeenCalled()
    complaints.mockRestore()
    page.remove()
    const closed = manager.close()
    await clock.advance(1000)
    await closed
  })
  return {
    world: driver.world,
    advance,
    text: () => page.textContent,
    line: () => page.querySelector('p'),
    press: () =>
      act(async () => {
        page.querySelector('button').click()
        await clock.flush()
      }),
    subscriptions: () => subscriptions,
  }
}

test('shows the state of a session from the first render on, and follows it', async () => {
  const { world, advance, text, line, press, subscriptions } = await mount()
  expect(text()).toBe('Desk disconnectedopen')
  expect(line().className).toBe('offline')
  expect(subscriptions()).toBe(2)
  await press()
  expect(text()).toBe('Desk connectingopen')
  await advance(100)
  expect(text()).toBe('Desk connected by eth0close')
  expect(line().className).toBe('online')
  world.down('desk', 'carrierLost')
  await advance(0)
  expect(text()).toBe('Desk disconnectedclose')
  await advance(5000)
  expect(text()).toBe('Desk disconnectedopen')
})

test('a name is text, whatever is in it', async () => {
  const { text, line } = await mount({ name: '<img src=x onerror=alert(1)>' })
  expect(text()).toContain('<img src=x onerror=alert(1)> disconnected')
  expect(line().querySelector('img')).toBeNull()
})

test('snapshots need no stream', async () => {
  const { world, advance, text, line, subscriptions } = await mount({ component: PlainStatus })
  expect([text(), line().className, subscriptions()]).toEqual(['Desk disconnected nowhere', 'offline', 2])
  world.up('desk')
  await advance(0)
  expect([text(), line().className, subscriptions()]).toEqual(['Desk connected eth0', 'online', 2])
  world.down('desk')
  await advance(0)
  expect([text(), line().className]).toEqual(['Desk disconnected nowhere', 'offline'])
})

test('docs/reactive.md shows the hooks as they are', () => {
  // The page's own address: this test's is that of a page in a browser.
  const read = (path) => readFileSync(path, 'utf8')
  for (const hook of ['src/use-stream.js', 'src/use-snapshot.js'])
    expect(read('../../docs/reactive.md')).toContain(read(hook))
})
