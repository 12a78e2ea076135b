// In the peer's network: the broker of the example gateway. It prints a line when it is ready, and what it got when its input ends.
import { startBroker } from '../../examples/gateway/src/broker.js'

const [host = '', port] = process.argv.slice(2)
const { received, from } = await startBroker({ host, port: Number(port) })
process.stdout.write('ready\n')
process.stdin.resume()
process.stdin.once('end', () =>
  process.stdout.write(JSON.stringify({ received, from }), () => process.exit()),
)
