/**
 * Connections that stay on the link of a session and follow it when it roams: `net`, `tls`, `dgram`, `http` and MQTT, each as in its original. A
 * dispatcher for undici and `fetch` is at `@roamkit/sockets/undici`.
 *
 * @packageDocumentation
 */

export type { Binding, Bound } from './binding/binding.js'
export { localAddress } from './binding/local-address.js'
export { type ConnectOptions, connect, type TlsConnectOptions, tlsConnect } from './connect.js'
export { createSocket, type DatagramListener, type DatagramOptions } from './create-socket.js'
export { LinkError, type LinkErrorCode, type LossReason } from './errors.js'
export type { LinkOptions, Via } from './following/via.js'
export { httpAgent, httpsAgent, type LinkAgentOptions, type LinkHttpsAgentOptions } from './http/agents.js'
export { type LinkLookupOptions, lookup } from './lookup.js'
export { type MqttStreamOptions, mqttStream } from './mqtt-stream.js'
