// Sends back whatever it receives, until its standard input ends.
import { createServer } from 'node:net'

createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {}) // the other side has reset the connection
  socket.pipe(socket)
}).listen(8080, '0.0.0.0', () => process.stdout.write('ready\n'))
process.stdin.resume().on('end', () => process.exit())
