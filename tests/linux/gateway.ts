import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { networkManager } from '@roamkit/backend-linux'
import {
  byConnectivity,
  byOrder,
  type HealthCheck,
  type HealthOptions,
  type InterfaceChange,
  type ManagerOptions,
  NetworkConfigurationManager,
  type NetworkSession,
  whenConnected,
} from '@roamkit/core'
import { onTestFinished } from 'vitest'
import { PROFILE, until } from './host.js'

/** Where the collector listens, beyond the links. */
const COLLECTOR = { host: '203.0.113.1', port: 9000 }

/** Milliseconds between two readings, and without an answer until the gateway connects again. */
const EVERY = 50
const SILENCE = 1000
const PAUSE = 100

/** Starts the collector, until the test is over. */
export async function startCollector(): Promise<void> {
  const program = fileURLToPath(new URL('./collector.mjs', import.meta.url))
  const command = [process.execPath, program, COLLECTOR.host, String(COLLECTOR.port)]
  const server = spawn('nsenter', ['--net=/run/netns/peer', '--', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  onTestFinished(async () => {
    server.kill('SIGKILL')
    await ended
  })
  await new Promise((resolve, reject) => server.once('exit', reject).stdout.once('data', resolve))
}

/** What a gateway is started with. */
export interface GatewayOptions {
  /** What tests its links; without a check it reports what its own traffic shows. */
  readonly check?: HealthCheck
  readonly manager?: ManagerOptions
}

/**
 * A program that nobody can visit: it sends a reading every 50 ms from the address of the link that its session uses, and counts what the
 * collector gives back. Link a is the one that it prefers.
 */
export class Gateway {
  readonly manager: NetworkConfigurationManager
  readonly session: NetworkSession
  /** Settles when the session is open for the first time. */
  readonly opened: Promise<void>
  /** What its session told: states, `opened`, `closed`, errors. */
  readonly words: string[] = []
  /** Where it moved, and why: `a>b health`. */
  readonly moves: string[] = []
  /** The links that were in use. */
  readonly links: string[] = []
  readonly changes: InterfaceChange[] = []
  readonly resumed: number[] = []
  attempts = 0
  arrived = 0
  connections = 0
  longestGap = 0
  /** The longest time for which its open session was without a link. */
  longestLoss = 0
  readonly #over = new AbortController()
  readonly #reports: boolean
  readonly #running: Promise<void>
  #socket: Socket | null = null
  #lastArrival = Number.NaN
  #lostAt: number | null = null

  private constructor(manager: NetworkConfigurationManager, session: NetworkSession, reports: boolean) {
    this.manager = manager
    this.session = session
    this.#reports = reports
    this.#listen()
    this.opened = session.open({ keepOpen: 'always' })
    this.#running = this.#run()
  }

  /** Starts it; it ends with the test. */
  static async start({ check, manager: options = {} }: GatewayOptions = {}): Promise<Gateway> {
    const manager = await NetworkConfigurationManager.open(networkManager(), options)
    const members = [PROFILE.a, PROFILE.b]
    const health: HealthOptions = { every: 1000, everyInDoubt: 500, timeout: 1000, ...(check && { check }) }
    const ranking = [byConnectivity, byOrder(members)]
    const network = manager.defineServiceNetwork({ identifier: 'fleet', members, ranking, health })
    const gateway = new Gateway(manager, manager.createSession(network), check === undefined)
    onTestFinished(() => gateway.stop())
    return gateway
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#over.abort()
    this.#socket?.destroy()
    await this.manager.close()
    await this.#running
  }

  /** Resolves when something has come through from now on. */
  async delivers(timeout?: number): Promise<void> {
    const before = this.arrived
    await until(() => {
      if (this.arrived <= before) throw new Error(`nothing arrives: ${this.session.state}`)
    }, timeout)
  }

  /** Resolves when it is connected through that link, and something has come through. */
  async works(link: keyof typeof PROFILE, timeout?: number): Promise<void> {
    await until(() => {
      const { state, activeConfiguration } = this.session
      if (state !== 'connected' || letter(activeConfiguration) !== link)
        throw new Error(`${state} on ${letter(activeConfiguration)}: ${this.moves.join(', ')}`)
    }, timeout)
    await this.delivers(timeout)
  }

  /** What happened before is not counted. */
  forget(): void {
    for (const list of [this.words, this.moves, this.links, this.changes, this.resumed]) list.length = 0
    this.connections = 0
    this.longestGap = 0
    this.longestLoss = 0
  }

  #listen(): void {
    const { session, manager, words } = this
    manager.on('resumed', (ms) => this.resumed.push(ms))
    session.on('opened', () => words.push('opened'))
    session.on('closed', () => words.push('closed'))
    session.on('error', ({ code, reason }) => words.push(`error:${code}/${reason}`))
    session.on('stateChanged', (state) => {
      words.push(state)
      this.#noteLoss(state !== 'connected')
    })
    session.on('reopening', (attempt) => {
      this.attempts = attempt
    })
    session.on('roamingStarted', ({ from, to, because, explanation }) => {
      const why = because === 'loss' ? because : (explanation?.because ?? 'unknown')
      this.moves.push(`${letter(from.identifier)}>${letter(to.identifier)} ${why}`)
    })
    session.on('activeConfigurationChanged', (identifier) => this.links.push(letter(identifier)))
    session.on('interfaceChanged', (_now, _before, change) => this.changes.push(change))
  }

  #noteLoss(isLost: boolean): void {
    const now = performance.now()
    if (this.#lostAt !== null) this.longestLoss = Math.max(this.longestLoss, now - this.#lostAt)
    this.#lostAt = isLost ? (this.#lostAt ?? now) : null
  }

  /** One connection after another, for as long as there is a link. */
  async #run(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      try {
        await whenConnected(this.session, { signal })
        await this.#deliver()
        await new Promise((resolve) => setTimeout(resolve, PAUSE))
      } catch (error) {
        if (!signal.aborted) throw error
      }
    }
  }

  /** A connection from the address of the link in use. Resolves when it has ended: at once when the link or that address is another. */
  #deliver(): Promise<void> {
    const { session } = this
    const link = session.interface
    const localAddress = link?.addresses.find((cidr) => cidr.includes('.'))?.replace(/\/\d+$/, '')
    if (localAddress === undefined) return Promise.resolve()
    const socket = connect({ ...COLLECTOR, localAddress })
    this.#socket = socket
    const undo = session.on('interfaceChanged', (now, _before, { addressesGone }) => {
      if (now.name !== link?.name || addressesGone.includes(localAddress)) socket.destroy()
    })
    const sending = setInterval(() => socket.write('21.5 °C\n'), EVERY)
    socket.setEncoding('utf8')
    socket.once('connect', () => {
      this.connections += 1
    })
    socket.on('data', (text) => this.#arrive(String(text)))
    let last = performance.now()
    socket.on('data', () => {
      last = performance.now()
    })
    const watching = setInterval(() => {
      if (performance.now() - last < SILENCE) return
      if (this.#reports) session.report('failed')
      socket.destroy()
    }, EVERY)
    // Whatever is wrong: `close` follows.
    socket.on('error', () => undefined)
    return new Promise((resolve) =>
      socket.once('close', () => {
        clearInterval(sending)
        clearInterval(watching)
        undo()
        resolve()
      }),
    )
  }

  #arrive(text: string): void {
    const now = performance.now()
    this.arrived += text.split('\n').length - 1
    if (this.#reports) this.session.report('alive')
    if (!Number.isNaN(this.#lastArrival)) this.longestGap = Math.max(this.longestGap, now - this.#lastArrival)
    this.#lastArrival = now
  }
}

function letter(identifier: string): string {
  return Object.entries(PROFILE).find(([, id]) => id === identifier)?.[0] ?? 'none'
}
