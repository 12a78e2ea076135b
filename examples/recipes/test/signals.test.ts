// docs/recipes/signals.md
import '@angular/compiler'
import { computed as angularComputed, signal as angularSignal } from '@angular/core'
import { effect } from '@preact/signals-core'
import { Signal } from 'signal-polyfill'
import { expect, it, onTestFinished } from 'vitest'
import { follow } from '../src/follow.js'
import { networkSignals } from '../src/network-signals.js'
import { startMachine } from './machine.js'

it('signals of Preact follow the network, and an effect runs only if what it reads has changed', async () => {
  const { manager, session, open, unplug } = await startMachine()
  const { isOnline, state, stop } = networkSignals(manager, session)
  const [online, states]: [boolean[], string[]] = [[], []]
  onTestFinished(effect(() => void online.push(isOnline.value)))
  onTestFinished(effect(() => void states.push(state.value)))
  await open()
  await unplug()
  expect(online).toEqual([false, true, false])
  expect(states).toEqual(['disconnected', 'connecting', 'connected', 'notAvailable'])
  stop()
})

it('a computed that no effect watches is current, too', async () => {
  const { manager, session, open } = await startMachine()
  const { state, stop } = networkSignals(manager, session)
  expect(state.value).toBe('disconnected')
  await open()
  expect(state.value).toBe('connected')
  stop()
})

it('nothing listens after stop()', async () => {
  const { manager, session, listeners } = await startMachine()
  const { stop } = networkSignals(manager, session)
  expect(listeners()).toBe(2)
  stop()
  expect(listeners()).toBe(0)
})

it('signals of the TC39 proposal follow the network by the same function', async () => {
  const { manager, open, unplug } = await startMachine()
  const machine = new Signal.State(manager.getSnapshot())
  onTestFinished(follow(manager, (snapshot) => machine.set(snapshot)))
  const isOnline = new Signal.Computed(() => machine.get().isOnline)
  let changes = 0
  const watcher = new Signal.subtle.Watcher(() => {
    changes += 1
  })
  watcher.watch(isOnline)
  expect(isOnline.get()).toBe(false)
  await open()
  expect([isOnline.get(), changes]).toEqual([true, 1])
  watcher.watch()
  await unplug()
  expect([isOnline.get(), changes]).toEqual([false, 2])
  watcher.unwatch(isOnline)
})

it('signals of Angular follow the network by the same function', async () => {
  const { manager, open } = await startMachine()
  const machine = angularSignal(manager.getSnapshot())
  onTestFinished(follow(manager, (snapshot) => machine.set(snapshot)))
  const isOnline = angularComputed(() => machine().isOnline)
  expect(isOnline()).toBe(false)
  await open()
  expect(isOnline()).toBe(true)
})
