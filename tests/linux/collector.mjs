// Behind all links of the lab: gives back whatever a gateway sends. Says so when it listens.
import { createServer } from 'node:net'

const [host, port] = process.argv.slice(2)
createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket)).listen(
  Number(port),
  host,
  () => process.stdout.write('ready\n'),
)
