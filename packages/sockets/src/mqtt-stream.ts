import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { checkArgument, type Expected } from '@roamkit/core/backend-kit'
import type { Bound } from './binding/binding.js'
import { connect, type TlsConnectOptions, tlsConnect } from './connect.js'
import { checkedLinkOptions, type LinkOptions, type Via } from './following/via.js'

/** Options of {@link mqttStream}: those of this package, and for `mqtts:` those of `tls.connect()`. */
export type MqttStreamOptions = LinkOptions & Omit<TlsConnectOptions, 'host' | 'port'>

/** The port of each protocol, by the scheme of a broker's URL. */
const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 }

/**
 * A stream builder for MQTT.js: `new MqttClient(mqttStream(session, 'mqtt://broker'), options)`. Each connection of the client uses the link of the
 * session, as {@link connect} does. When the client connects again and there is no link, the stream waits for one (`wait`), so that you can set its
 * `reconnectPeriod` to a few milliseconds.
 *
 * @param broker `mqtt://host:port` or `mqtts://host:port`. For `ws:` and `wss:`, give ws the agent of {@link httpAgent}
 * @throws TypeError or RangeError that names an invalid argument
 */
export function mqttStream(
  via: Via,
  broker: string | URL,
  options: MqttStreamOptions = {},
): () => Bound<Socket> | Bound<TLSSocket> {
  checkCredentials(broker)
  checkArgument('the broker of mqttStream()', broker, BROKER)
  const { own, others } = checkedLinkOptions('mqttStream()', via, options)
  const { protocol, port } = new URL(broker)
  const target = {
    ...others,
    wait: true,
    ...own,
    host: hostOf(broker) ?? '',
    port: Number(port) || (PORTS[protocol] ?? 0),
  }
  // MQTT.js calls it with the client.
  return (client?: Ending) => {
    const stream = protocol === 'mqtts:' ? tlsConnect(via, target) : connect(via, target)
    if (client !== undefined) endWith(client, stream)
    return stream
  }
}

/** The part of a client of MQTT.js that is used. */
interface Ending {
  once(name: 'end', listener: () => void): unknown
  off(name: 'end', listener: () => void): unknown
}

/** Ends the wait for a link with the client. MQTT.js forgets a stream that has not connected, and that would connect later for no one. */
function endWith(client: Ending, stream: Socket): void {
  const ended = () => {
    if (stream.connecting) stream.destroy()
  }
  client.once('end', ended)
  stream.once('close', () => client.off('end', ended))
}

/** A user and a password belong to MQTT, not to the stream. They are secret, so the error does not show them. */
function checkCredentials(broker: string | URL): void {
  const text = String(broker)
  const { username = '', password = '' } = URL.canParse(text) ? new URL(text) : {}
  if (username === '' && password === '') return
  throw new TypeError(
    'the broker of mqttStream() must not contain a user or a password: give them to the client as its options username and password',
  )
}

/** The host of a URL; `null` if it has none. `URL` leaves letters beyond ASCII encoded, because it does not know the scheme. */
function hostOf(broker: string | URL): string | null {
  const { hostname } = new URL(broker)
  try {
    return decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1') || null
  } catch {
    // A percent sign that encodes nothing.
    return null
  }
}

const BROKER: Expected = {
  wants: "a URL such as 'mqtt://broker.example' or 'mqtts://broker.example:8883'",
  holds: (value) => {
    const text = String(value)
    if (!URL.canParse(text)) return false
    return Object.hasOwn(PORTS, new URL(text).protocol) && hostOf(text) !== null
  },
}
