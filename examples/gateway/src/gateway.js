import { bufferUntilConnected } from '@roamkit/rx'
import { mqttStream } from '@roamkit/sockets'
import { MqttClient } from 'mqtt'
import { BehaviorSubject, combineLatest, ignoreElements, map, mergeMap, Observable, tap } from 'rxjs'
import { count, NOTHING } from './numbers.js'

/**
 * @typedef {import('./numbers.js').Numbers} Numbers
 * @typedef {import('./numbers.js').Happening} Happening
 *
 * @typedef {object} GatewayOptions
 * @property {import('@roamkit/core').NetworkSession} session an open session
 * @property {string} broker its URL, such as `mqtts://broker.example`
 * @property {import('rxjs').Observable<string>} reading$ what to deliver
 * @property {string} [topic] where to publish it
 * @property {number} [limit] how many readings wait for a connection at most; the oldest are dropped
 * @property {number} [window] how many readings are in flight at most
 * @property {number} [retryDelay] the longest pause after the broker has failed, in milliseconds
 * @property {boolean} [reports] whether it reports to the session what its traffic shows; `false` leaves that to the network's health check
 * @property {import('mqtt').IClientOptions} [mqtt] other options of MQTT.js
 */

/** Says of an error that no answer came, and not that the answer was no. */
const SILENCE = /timeout|ETIMEDOUT|EHOSTUNREACH/i

/**
 * Publishes readings over a session, each at least once and in order. `mqttStream` connects on the link of the session and ends a connection
 * when the session leaves that link. MQTT.js connects again and repeats what the broker has not acknowledged. Readings wait while there is no
 * connection. The gateway works while it has a subscriber. It emits its numbers at once and after each change, and completes when the broker has
 * acknowledged the last reading.
 *
 * @param {GatewayOptions} options
 * @returns {Observable<Numbers>}
 */
export function gateway({
  session,
  broker,
  reading$,
  topic = 'readings',
  limit = 1000,
  window = 50,
  retryDelay = 2000,
  reports = true,
  mqtt = {},
}) {
  return new Observable((subscriber) => {
    const numbers$ = new BehaviorSubject(NOTHING)
    const isConnected$ = new BehaviorSubject(false)
    const note = (/** @type {Happening} */ happening) => numbers$.next(count(numbers$.value, happening))

    // A random pause, so that a thousand gateways do not come back in the same instant.
    const pause = () => retryDelay * (0.5 + Math.random() / 2)
    const client = new MqttClient(mqttStream(session, broker), {
      // A broker that does not answer for seven seconds is silent.
      keepalive: 5,
      connectTimeout: 7000,
      reconnectPeriod: pause(),
      ...mqtt,
    })
    client.on('connect', () => {
      note('connected')
      isConnected$.next(true)
    })
    client.on('close', () => isConnected$.next(false))
    client.on('packetsend', ({ cmd }) => {
      // Before anything new goes out on a new connection, MQTT.js sends what was not acknowledged on the old one.
      if (cmd === 'publish' && !isConnected$.value) note('resent')
    })
    // The gateway's own traffic is a health check that costs nothing.
    const report = (/** @type {'alive' | 'failed'} */ evidence) => reports && session.report(evidence)
    client.on('packetreceive', () => report('alive'))
    client.on('reconnect', () => {
      client.options.reconnectPeriod = pause()
    })
    client.on('error', (/** @type {Error & { code?: string | number }} */ { code = '', message }) => {
      if (SILENCE.test(`${code} ${message}`)) report('failed')
      // No pause if only the link is gone: the next stream waits for one.
      const isWithoutLink = !session.isConnected && code !== 'ERR_SESSION_CLOSED'
      if (code === 'ERR_LINK_LOST' || isWithoutLink) client.options.reconnectPeriod = 1
    })

    const isReady$ = combineLatest([isConnected$, numbers$]).pipe(
      map(([isConnected, { inFlight }]) => isConnected && inFlight < window),
    )
    const delivered = reading$.pipe(
      tap(() => note('reading')),
      bufferUntilConnected(isReady$, { limit, onDrop: () => note('dropped') }),
      mergeMap((reading) => {
        note('sent')
        return client.publishAsync(topic, reading, { qos: 1 })
      }),
      tap(() => note('acknowledged')),
      ignoreElements(),
    )
    subscriber.add(() => client.end(!client.connected || numbers$.value.inFlight > 0))
    subscriber.add(numbers$.subscribe((numbers) => subscriber.next(numbers)))
    subscriber.add(
      delivered.subscribe({
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    )
  })
}
