import { EventEmitter, once } from 'node:events'
import { MessageChannel as NodeChannel, Worker } from 'node:worker_threads'
import { mock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type BridgePort, connectToHost, hostManager } from '../src/index.js'

/** A manager in real time, because a thread has a clock of its own. */
async function openManager() {
  const driver = mock({ configurations: [{ id: 'a', link: 'up' }, { id: 'b' }], activationTime: 1 })
  const manager = await NetworkConfigurationManager.open(driver)
  onTestFinished(() => manager.close())
  return manager
}

/** A thread with a guest in it. */
function startGuest(port: MessagePort | null) {
  const { port1: tell, port2: told } = new NodeChannel()
  const transferList = [tell, ...(port === null ? [] : [port])] as never
  const worker = new Worker(new URL('worker-guest.mjs', import.meta.url), {
    workerData: { tell, ...(port === null ? {} : { port }) },
    transferList,
  })
  onTestFinished(async () => {
    await worker.terminate()
  })
  return { worker, told }
}

describe('a guest in a thread of Node', () => {
  it.each(['a MessagePort', 'the Worker itself'] as const)(
    'opens a session over %s, and leaves nothing behind when it is terminated',
    async (over) => {
      const manager = await openManager()
      const { port1, port2 } = new MessageChannel()
      const isPort = over === 'a MessagePort'
      const { worker, told } = startGuest(isPort ? port2 : null)
      const guest = hostManager(manager, isPort ? port1 : worker, { allow: ['open'] })
      const [report] = await once(told, 'message')
      // Of states that follow each other while a message is under way, a guest sees the last.
      expect(report).toMatchObject({ isConnected: true, interface: 'dev-b' })
      expect(report.seen.filter((state: string) => state !== 'connecting')).toEqual(['connected'])
      expect(manager.holders('b')).toHaveLength(1)
      await worker.terminate()
      await until(() => guest.isClosed)
      await guest.close()
      expect(manager.holders('b')).toEqual([])
    },
  )
})

/** A port as Electron's main process has it: an emitter whose messages come as events with data. */
class PortOfElectron extends EventEmitter {
  readonly #port: MessagePort

  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.addEventListener('message', ({ data }) => this.emit('message', { data, ports: [] }))
    port.addEventListener('close', () => this.emit('close'))
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message)
  }

  start(): void {
    this.#port.start()
  }

  close(): void {
    this.#port.close()
  }
}

describe('a port with the events of', () => {
  it.each<readonly [string, (port: MessagePort) => BridgePort]>([
    ['the web', (port) => port],
    ["Electron's main process", (port) => new PortOfElectron(port)],
  ])('%s serves both ends, and tells when the other one is closed', async (_, of) => {
    const manager = await openManager()
    const { port1, port2 } = new MessageChannel()
    const guest = hostManager(manager, of(port1), { allow: ['open'] })
    const mirror = await connectToHost(of(port2))
    const session = mirror.createSession('b')
    await session.open()
    expect(session.isConnected).toBe(true)
    port2.close()
    await until(() => guest.isClosed)
    await guest.close()
    expect(manager.holders('b')).toEqual([])
  })
})

it('a port that refuses a message counts as closed', async () => {
  const manager = await openManager()
  const { port1, port2 } = new MessageChannel()
  const guest = hostManager(manager, port1)
  const mirror = await connectToHost(port2)
  port1.postMessage = () => {
    throw new Error('the process is gone')
  }
  await expect(mirror.updateConfigurations()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  expect(guest.isClosed).toBe(true)
})

it('no event fires inside the call whose message a port refuses (S19)', async () => {
  const manager = await openManager()
  const { port1, port2 } = new MessageChannel()
  hostManager(manager, port1)
  const mirror = await connectToHost(port2)
  const session = mirror.createSession('a')
  const told: string[] = []
  session.on('stateChanged', (state) => told.push(state))
  await new Promise((resolve) => setTimeout(resolve, 10))
  port2.postMessage = () => {
    throw new Error('the process is gone')
  }
  const opened = session.open()
  told.push('called')
  await expect(opened).rejects.toMatchObject({ code: 'sessionAborted', reason: 'closed' })
  expect(told).toEqual(['called', 'invalid'])
})

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
