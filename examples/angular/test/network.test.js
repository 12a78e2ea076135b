import '@angular/compiler'
import { readFileSync } from 'node:fs'
import { createEnvironmentInjector, Injector, runInInjectionContext } from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { errors$, online$, state$ } from '@roamkit/rx'
import { expect, onTestFinished, test } from 'vitest'
import { networkSignals } from '../src/network.js'

/** Signals in an injector of their own, on a scripted host in virtual time. */
async function start() {
  const clock = new VirtualClock()
  const driver = mock({ configurations: [{ id: 'desk', device: 'eth0' }] })
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  const session = manager.createSession('desk')
  let subscriptions = 0
  const subscribe = session.subscribe.bind(session)
  session.subscribe = (listener) => {
    const undo = subscribe(listener)
    subscriptions += 1
    return () => {
      subscriptions -= 1
      undo()
    }
  }
  const injector = createEnvironmentInjector([], Injector.NULL)
  onTestFinished(async () => {
    const closed = manager.close()
    await clock.advance(1000)
    await closed
  })
  return { clock, world: driver.world, manager, session, injector, subscriptions: () => subscriptions }
}

test('signals have a value at once, and follow the session without a zone', async () => {
  const { clock, world, manager, session, injector, subscriptions } = await start()
  const network = runInInjectionContext(injector, () => networkSignals(manager, session))
  expect('Zone' in globalThis).toBe(false)
  expect(network.summary()).toBe('offline, disconnected by nothing')
  const opened = session.open()
  await clock.advance(100)
  await opened
  expect([network.isOnline(), network.state(), network.isOpen(), network.device()]).toEqual([
    true,
    'connected',
    true,
    'eth0',
  ])
  expect(network.summary()).toBe('online, connected by eth0')
  world.down('desk', 'carrierLost')
  await clock.flush()
  expect(network.summary()).toBe('offline, disconnected by nothing')
  expect(subscriptions()).toBe(1)
  injector.destroy()
  expect(subscriptions()).toBe(0)
})

test('signals keep the last word of a manager that is closed', async () => {
  const { clock, manager, session, injector } = await start()
  const network = runInInjectionContext(injector, () => networkSignals(manager, session))
  const closed = manager.close()
  await clock.advance(1000)
  await closed
  expect(network.state()).toBe('invalid')
  injector.destroy()
})

test('an event stream has no value at once, and Angular says so', async () => {
  const { session, injector } = await start()
  expect(() =>
    runInInjectionContext(injector, () => toSignal(errors$(session), { requireSync: true })),
  ).toThrow(/NG0601|requireSync/)
  injector.destroy()
})

test('the signals that docs/reactive.md shows work', async () => {
  const { clock, manager, session, injector } = await start()
  const page = readFileSync(new URL('../../../docs/reactive.md', import.meta.url), 'utf8')
  const [, code = ''] = /```js\n(import \{ toSignal \}.*?)```/s.exec(page) ?? []
  const body = code.replace(/^import .*$/gm, '').replace('export ', '')
  const make = new Function('toSignal', 'online$', 'state$', `${body}\nreturn networkSignals`)
  const signals = runInInjectionContext(injector, () => make(toSignal, online$, state$)(manager, session))
  expect([signals.isOnline(), signals.state()]).toEqual([false, 'disconnected'])
  const opened = session.open()
  await clock.advance(100)
  await opened
  expect([signals.isOnline(), signals.state()]).toEqual([true, 'connected'])
  injector.destroy()
})
