// Beyond the access points: answers each connection with the number of bytes of the stream that have arrived so far.
// A client says first which stream it continues (a line), and gets a line with the count; then it sends, and gets a line for each arrival.
import { createServer } from 'node:net'

/** Bytes in order, by stream. @type {Map<string, number>} */
const counts = new Map()
/** The connection that each stream is on. @type {Map<string, import('node:net').Socket>} */
const current = new Map()

createServer((socket) => {
  socket.on('error', () => {})
  /** @type {string | null} */
  let stream = null
  let head = ''
  socket.on('data', (data) => {
    let body = data
    if (stream === null) {
      head += data.toString('latin1')
      const end = head.indexOf('\n')
      if (end < 0) return
      stream = head.slice(0, end)
      current.get(stream)?.destroy() // what it has not delivered is sent again
      current.set(stream, socket)
      body = Buffer.from(head.slice(end + 1), 'latin1')
      if (body.length === 0) return void socket.write(`${counts.get(stream) ?? 0}\n`)
    }
    const before = counts.get(stream) ?? 0
    // The byte at a place in the stream has its place's lowest digits as its value: a lost or doubled one is seen.
    let right = 0
    while (right < body.length && body[right] === (before + right) % 251) right += 1
    counts.set(stream, before + right)
    if (right < body.length) socket.end(`wrong at ${before + right}\n`)
    else socket.write(`${before + right}\n`)
  })
}).listen(9000, '0.0.0.0')
