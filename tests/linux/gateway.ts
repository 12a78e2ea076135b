import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
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
} from '@roamkit/core'
import { interval, lastValueFrom, map, Subject, takeUntil, tap } from 'rxjs'
import { expect, onTestFinished } from 'vitest'
import { gateway } from '../../examples/gateway/src/gateway.js'
import { NOTHING, type Numbers } from '../../examples/gateway/src/numbers.js'
import { PROFILE, until } from './host.js'

/** Milliseconds between two readings. */
const EVERY = 50

/** A broker beyond the links. */
export interface RemoteBroker {
  readonly url: string
  /** Ends it. Resolves to the readings that arrived, and to the addresses that connections came from, in order. */
  stop(): Promise<{ readonly received: readonly string[]; readonly from: readonly string[] }>
}

/** Starts a broker that all links lead to, until the test is over. */
export async function startRemoteBroker(): Promise<RemoteBroker> {
  const program = fileURLToPath(new URL('./broker.mjs', import.meta.url))
  const command = [process.execPath, program, '203.0.113.1', '1883']
  const broker = spawn('nsenter', ['--net=/run/netns/peer', '--', ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(broker, 'exit')
  onTestFinished(async () => {
    broker.kill('SIGKILL')
    await ended
  })
  const ready = once(broker.stdout, 'data')
  await Promise.race([ready, ended.then(() => Promise.reject(new Error('no broker')))])
  return {
    url: 'mqtt://203.0.113.1:1883',
    async stop() {
      broker.stdin.end()
      return JSON.parse(await text(broker.stdout))
    },
  }
}

/** What a gateway is started with. */
export interface GatewayOptions {
  /** What tests its links. Without a check, it reports what its own traffic shows. */
  readonly check?: HealthCheck
  readonly manager?: ManagerOptions
}

/**
 * The example gateway on a machine that is hard to reach: it publishes a reading every 50 ms through the link of its session, to a broker beyond
 * the links. It prefers link a.
 */
export class Gateway {
  static #last: Gateway | null = null
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
  numbers = NOTHING
  connections = 0
  longestGap = 0
  /** The longest time for which its open session was without a link. */
  longestLoss = 0
  readonly #stop$ = new Subject<void>()
  readonly #over$ = new Subject<void>()
  readonly #delivered: Promise<unknown>
  readonly #broker: RemoteBroker
  #lastArrival = Number.NaN
  #lostAt: number | null = null

  private constructor(
    manager: NetworkConfigurationManager,
    session: NetworkSession,
    broker: RemoteBroker,
    reports: boolean,
  ) {
    this.manager = manager
    this.session = session
    this.#broker = broker
    this.#listen()
    this.opened = session.open({ keepOpen: 'always' })
    const numbers = gateway({
      session,
      broker: broker.url,
      reading$: interval(EVERY).pipe(
        takeUntil(this.#stop$),
        map((index) => String(index + 1)),
      ),
      retryDelay: 200,
      reports,
      mqtt: { keepalive: 1, connectTimeout: 1000 },
    })
    this.#delivered = lastValueFrom(
      numbers.pipe(
        takeUntil(this.#over$),
        tap((now) => this.#note(now)),
      ),
    )
  }

  /** Starts it; it ends with the test. */
  static async start({ check, manager: options = {} }: GatewayOptions = {}): Promise<Gateway> {
    const manager = await NetworkConfigurationManager.open(networkManager(), options)
    const members = [PROFILE.a, PROFILE.b]
    const health: HealthOptions = { every: 1000, everyInDoubt: 500, timeout: 1000, ...(check && { check }) }
    const ranking = [byConnectivity, byOrder(members)]
    const network = manager.defineServiceNetwork({ identifier: 'fleet', members, ranking, health })
    const broker = await startRemoteBroker()
    const started = new Gateway(manager, manager.createSession(network), broker, check === undefined)
    onTestFinished(async () => {
      started.#over$.next()
      await manager.close()
    })
    Gateway.#last = started
    return started
  }

  /** The gateway of this test. */
  static get last(): Gateway {
    if (Gateway.#last === null) throw new Error('there is no gateway')
    return Gateway.#last
  }

  /** Ends the readings, and expects that the broker has all of them, in order. Resolves to how many there are, and how many came twice. */
  async finish(): Promise<{ readonly readings: number; readonly again: number }> {
    this.#stop$.next()
    await this.#delivered
    const { readings, dropped } = this.numbers
    const { received } = await this.#broker.stop()
    expect(dropped).toBe(0)
    expect([...new Set(received)]).toEqual(Array.from({ length: readings }, (_, index) => String(index + 1)))
    return { readings, again: received.length - readings }
  }

  /** Resolves when something has come through from now on. */
  async delivers(timeout?: number): Promise<void> {
    const before = this.numbers.acknowledged
    await until(() => {
      if (this.numbers.acknowledged <= before) throw new Error(`nothing arrives: ${this.session.state}`)
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

  /** Counts from now on. */
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

  #note(numbers: Numbers): void {
    const hasArrived = numbers.acknowledged > this.numbers.acknowledged
    this.connections += numbers.connections - this.numbers.connections
    this.numbers = numbers
    if (!hasArrived) return
    const now = performance.now()
    if (!Number.isNaN(this.#lastArrival)) this.longestGap = Math.max(this.longestGap, now - this.#lastArrival)
    this.#lastArrival = now
  }
}

function letter(identifier: string): string {
  return Object.entries(PROFILE).find(([, id]) => id === identifier)?.[0] ?? 'none'
}
