import { type MockConfiguration, type MockDriver, mock, VirtualClock } from '@roamkit/backend-mock'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import { expect, onTestFinished } from 'vitest'
import {
  connectToHost,
  type Guest,
  type GuestOptions,
  type HostOptions,
  hostManager,
  type ManagerMirror,
} from '../src/index.js'

/** A manager on a scripted machine in virtual time, with guests at the other ends of real message channels. */
export interface Lab {
  readonly clock: VirtualClock
  readonly world: MockDriver['world']
  readonly manager: NetworkConfigurationManager
  /** Connects a guest. */
  connect(options?: HostOptions, guest?: GuestOptions): Promise<Visit>
  /** Hosts a guest at the end of a channel whose other end is returned. */
  host(options?: HostOptions): { readonly guest: Guest; readonly port: MessagePort }
  /** Waits until no message is under way. */
  settle(): Promise<void>
  /** Lets the time pass, and all messages arrive before and after. */
  advance(ms: number): Promise<void>
  /** Lets time and messages pass until a promise has settled. */
  finish<Value>(promise: Promise<Value>): Promise<Value>
  /** The messages since the lab was opened, in both directions. */
  readonly messages: readonly unknown[]
  /** Closes the guests and the manager, for a test that opens many labs. */
  close(): Promise<void>
}

/** A guest from both sides. */
export interface Visit {
  readonly guest: Guest
  readonly mirror: ManagerMirror
}

/** `a` is up, `b` and `c` are down. */
const THREE: readonly MockConfiguration[] = [
  { id: 'a', name: 'Desk', link: 'up' },
  { id: 'b', name: 'Café' },
  { id: 'c' },
]

let machines = 0

/** Opens a lab, which is closed when the test is over. */
export async function openLab(
  configurations: readonly MockConfiguration[] = THREE,
  {
    closes = 'whenFinished',
    ...options
  }: ManagerOptions & { readonly closes?: 'whenFinished' | 'byItself' } = {},
): Promise<Lab> {
  const clock = new VirtualClock()
  machines += 1
  const driver = mock({ scope: `bridge-${machines}`, configurations })
  const manager = await NetworkConfigurationManager.open(driver, { clock, reopenJitter: 0, ...options })
  const messages: unknown[] = []
  const guests: Guest[] = []

  const settle = async () => {
    let before = -1
    while (before !== messages.length) {
      before = messages.length
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const advance = async (ms: number) => {
    await settle()
    await clock.advance(ms)
    await settle()
  }
  const host = (hostOptions: HostOptions = {}) => {
    const { port1, port2 } = new MessageChannel()
    for (const port of [port1, port2]) spy(port, messages)
    const guest = hostManager(manager, port1, hostOptions)
    guests.push(guest)
    return { guest, port: port2 }
  }
  const close = async () => {
    const closed = [...guests.map((guest) => guest.close()), manager.close()]
    await clock.advance(60_000)
    await Promise.all(closed)
    expect(clock.pending).toBe(0)
  }
  if (closes === 'whenFinished') onTestFinished(close)
  return {
    clock,
    world: driver.world,
    manager,
    host,
    async connect(hostOptions, guestOptions) {
      const { guest, port } = host(hostOptions)
      return { guest, mirror: await connectToHost(port, { clock, ...guestOptions }) }
    },
    settle,
    advance,
    async finish(promise) {
      const settled = promise.then(
        () => true,
        () => true,
      )
      for (let round = 0; round < 20; round += 1) {
        await advance(50)
        if (await Promise.race([settled, Promise.resolve(false)])) break
      }
      return await promise
    },
    messages,
    close,
  }
}

function spy(port: MessagePort, messages: unknown[]): void {
  const post = port.postMessage.bind(port)
  port.postMessage = (message: unknown) => {
    messages.push(message)
    post(message)
  }
}
