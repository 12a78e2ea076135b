import { bufferUntilConnected, connected$, restartOnRoam, retryWhenConnected } from '@roamkit/rx'
import {
  BehaviorSubject,
  combineLatest,
  defer,
  finalize,
  ignoreElements,
  map,
  merge,
  Observable,
  Subject,
  scan,
  switchMap,
  tap,
} from 'rxjs'
import { count, NOTHING } from './numbers.js'

/**
 * @typedef {import('./line-connection.js').LineConnection} LineConnection
 * @typedef {import('./numbers.js').Numbers} Numbers
 * @typedef {import('./numbers.js').Happening} Happening
 *
 * @typedef {object} GatewayOptions
 * @property {import('@roamkit/core').NetworkSession} session an open session
 * @property {import('rxjs').Observable<string>} reading$ what is to be delivered
 * @property {(link: import('@roamkit/core').LinkInterface | null) => import('rxjs').Observable<LineConnection>} connect a connection through a link
 * @property {number} [limit] how many readings wait for a connection at most; the oldest give way
 * @property {number} [window] how many are on their way at most
 * @property {number} [retryDelay] the first pause after a failure that was not the network's, in milliseconds
 *
 * @typedef {{ readonly sequence: number, readonly payload: string }} Message
 */

/**
 * Delivers readings over a session, each at least once and in order: connects anew wherever the session roams, keeps what
 * comes while there is no connection, and sends again what was not acknowledged when a connection ended. Works while
 * somebody is subscribed, emits its numbers, at once and whenever they are others, and completes when the readings have come
 * to an end and the last one is acknowledged.
 *
 * @param {GatewayOptions} options
 * @returns {Observable<Numbers>}
 */
export function gateway({ session, reading$, connect, limit = 1000, window = 50, retryDelay = 500 }) {
  return new Observable((subscriber) => {
    /** @type {Subject<Happening>} */
    const happenings = new Subject()
    /** @type {BehaviorSubject<LineConnection | null>} */
    const connection$ = new BehaviorSubject(/** @type {LineConnection | null} */ (null))
    /** @type {Map<number, Message>} What is not acknowledged, in order. */
    const sent = new Map()
    const inFlight$ = new BehaviorSubject(0)
    let sequence = 0
    let isLast = false

    const tell = (/** @type {Happening} */ happening) => {
      inFlight$.next(sent.size)
      happenings.next(happening)
    }
    const send = (/** @type {Message} */ message) =>
      connection$.value?.send(`PUB ${message.sequence} ${JSON.stringify(message.payload)}`)

    // One connection, on the link that the session is on.
    const connections = defer(() => connect(session.interface)).pipe(
      tap((connection) => {
        tell('connected')
        connection$.next(connection)
      }),
      finalize(() => connection$.next(null)),
      restartOnRoam(session),
      retryWhenConnected(session, { delay: retryDelay, delayLimit: 10_000 }),
    )
    // Before anything new goes out on a new connection: what did not get through on the old one.
    const resent = connection$.pipe(
      tap((connection) => {
        if (connection === null) return
        for (const message of sent.values()) {
          send(message)
          tell('resent')
        }
      }),
    )
    const acknowledged = connection$.pipe(
      switchMap((connection) => connection?.line$ ?? []),
      tap((line) => {
        const [, number] = /^ACK (\d{1,15})$/.exec(line) ?? []
        if (sent.delete(Number(number))) tell('acknowledged')
        if (isLast && sent.size === 0) subscriber.complete()
      }),
    )
    const isReady$ = combineLatest([connection$, connected$(session), inFlight$]).pipe(
      map(([connection, isConnected, inFlight]) => connection !== null && isConnected && inFlight < window),
    )
    const delivered = reading$.pipe(
      map((payload) => {
        sequence += 1
        tell('reading')
        return { sequence, payload }
      }),
      bufferUntilConnected(isReady$, { limit, onDrop: () => tell('dropped') }),
      tap({
        next(message) {
          sent.set(message.sequence, message)
          send(message)
          tell('sent')
        },
        complete() {
          isLast = true
          if (sent.size === 0) subscriber.complete()
        },
      }),
    )
    subscriber.add(happenings.pipe(scan(count, NOTHING)).subscribe(subscriber))
    subscriber.next(NOTHING)
    subscriber.add(
      merge(resent, acknowledged, delivered, connections)
        .pipe(ignoreElements())
        .subscribe({ error: (error) => subscriber.error(error) }),
    )
    subscriber.add(() => happenings.complete())
  })
}
