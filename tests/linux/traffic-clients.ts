import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NetworkSession } from '@roamkit/core'
import { httpAgent, mqttStream } from '@roamkit/sockets'
import { dispatcher } from '@roamkit/sockets/undici'
import mqtt from 'mqtt'
import { request } from 'undici'
import WebSocket from 'ws'
import { INTERNET, PORTS } from './traffic.js'

/** What came of a client's traffic. Times are in milliseconds. */
export class Tally {
  readonly name: string
  done = 0
  failed = 0
  /** The longest time without an answer, since `mark()`. */
  stall = 0
  #last = performance.now()
  #next: (() => void)[] = []

  constructor(name: string) {
    this.name = name
  }

  answered(): void {
    this.look()
    this.#last = performance.now()
    this.done += 1
    for (const resolve of this.#next.splice(0)) resolve()
  }

  /** Counts the time that is running, too. */
  look(): void {
    this.stall = Math.max(this.stall, performance.now() - this.#last)
  }

  /** Begins to count stalls again. */
  mark(): void {
    this.stall = 0
    this.#last = performance.now()
  }

  /** Resolves at the next answer. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#next.push(resolve))
  }
}

/** A client that runs until it is told to stop. */
export interface Client {
  readonly tally: Tally
  /** Under which it publishes; `null`: it does not. */
  readonly topic: string | null
  /** How many messages it has published. */
  readonly sent: () => number
  readonly stop: () => Promise<void>
}

const NOTHING_PUBLISHED = { topic: null, sent: () => 0 } as const

const BROKER = `mqtt://${INTERNET}:${PORTS.mqtt}`
const URL_ = `http://${INTERNET}:${PORTS.http}/`
/** Between two requests, or two messages. */
const PAUSE = 20
/** What takes longer has failed: it would hang. */
const PATIENCE = 60_000

/** Requests, one after the other. */
function requests(name: string, one: () => Promise<unknown>): Client {
  const tally = new Tally(name)
  const over = new AbortController()
  const running = (async () => {
    while (!over.signal.aborted) {
      try {
        await one()
        tally.answered()
      } catch {
        if (!over.signal.aborted) tally.failed += 1
      }
      await sleep(PAUSE)
    }
  })()
  const stop = async () => {
    over.abort()
    await Promise.race([running, sleep(2000)])
  }
  return { ...NOTHING_PUBLISHED, tally, stop }
}

function viaAgent(agent: Agent): () => Promise<unknown> {
  return async () => {
    const [response] = await once(get(URL_, { agent, signal: AbortSignal.timeout(PATIENCE) }), 'response')
    for await (const _part of response);
  }
}

/** Numbered messages with QoS 1, published again where MQTT.js gives one up. The broker tells which of them it got. */
function messages(name: string, topic: string, client: mqtt.MqttClient): Client {
  const tally = new Tally(name)
  let sent = 0
  let isOver = false
  client.on('error', () => {})
  const publish = async (message: string) => {
    while (!isOver)
      try {
        await client.publishAsync(topic, message, { qos: 1 })
        return tally.answered()
      } catch {
        tally.failed += 1
      }
  }
  const timer = setInterval(() => {
    sent += 1
    void publish(String(sent))
  }, PAUSE)
  const stop = async () => {
    clearInterval(timer)
    // What is under way has a while to arrive.
    const until = performance.now() + 40_000
    while (tally.done < sent && performance.now() < until) await sleep(50)
    isOver = true
    await client.endAsync(true)
  }
  return { tally, topic, stop, sent: () => sent }
}

/** Messages that come back, over a WebSocket that is opened again when it closes. */
function webSocket(name: string, agent: Agent | undefined): Client {
  const tally = new Tally(name)
  let isOver = false
  let socket: WebSocket
  const connect = () => {
    if (isOver) return
    socket = new WebSocket(URL_, { agent })
    socket.on('error', () => {})
    socket.on('message', () => tally.answered())
    socket.on('close', () => {
      tally.failed += 1
      setTimeout(connect, PAUSE)
    })
  }
  connect()
  const timer = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.send('x')
  }, PAUSE)
  const stop = async () => {
    isOver = true
    clearInterval(timer)
    socket.terminate()
  }
  return { ...NOTHING_PUBLISHED, tally, stop }
}

/** Traffic on the links of a session. */
export function startBound(session: NetworkSession): readonly Client[] {
  const made = dispatcher(session, { retry: true })
  const stream = mqttStream(session, BROKER)
  return [
    requests('undici', async () => (await request(URL_, { dispatcher: made })).body.dump()),
    requests('node:http', viaAgent(httpAgent(session, { wait: true }))),
    messages('MQTT.js', 'lab/bound', new mqtt.MqttClient(stream, { reconnectPeriod: 20 })),
    webSocket('ws', httpAgent(session, { wait: true })),
  ]
}

/** The same traffic without Roamkit. */
export function startPlain(): readonly Client[] {
  return [
    requests('fetch', async () => (await fetch(URL_, { signal: AbortSignal.timeout(PATIENCE) })).text()),
    requests('node:http', viaAgent(new Agent({ keepAlive: true }))),
    messages('MQTT.js', 'lab/plain', mqtt.connect(BROKER)),
    webSocket('ws', undefined),
  ]
}
