import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { Observable, Subject } from 'rxjs'

/**
 * A connection that is up.
 *
 * @typedef {object} LineConnection
 * @property {(line: string) => void} send
 * @property {import('rxjs').Observable<string>} line$ what the other end says; hot
 */

/** How long the other end may take to answer before another attempt is the better idea, in milliseconds. */
const PATIENCE = 5000

/**
 * Connects when it is subscribed to, emits the connection when it is up, fails when it ends for whatever reason, and is
 * closed when it is unsubscribed from.
 *
 * @param {{ readonly host: string, readonly port: number }} server
 * @param {string | undefined} localAddress the address of the link to go through; by default the system chooses
 * @returns {Observable<LineConnection>}
 */
export function lineConnection(server, localAddress) {
  return new Observable((subscriber) => {
    const socket = connect({ ...server, ...(localAddress === undefined ? {} : { localAddress }) })
    /** @type {Subject<string>} */
    const lines = new Subject()
    const input = createInterface({ input: socket })
    socket.setNoDelay(true).setTimeout(PATIENCE)
    input.on('line', (line) => lines.next(line)).on('error', () => {})
    socket.on('timeout', () => {
      if (socket.connecting) socket.destroy(new Error('no answer'))
    })
    socket.on('connect', () =>
      subscriber.next({ send: (line) => void socket.write(`${line}\n`), line$: lines }),
    )
    socket.on('error', (error) => subscriber.error(error))
    socket.on('close', () => subscriber.error(new Error('the connection was closed')))
    return () => {
      input.close()
      socket.destroy()
      lines.complete()
    }
  })
}
