import { mqttStream } from '@roamkit/sockets'
import { MqttClient } from 'mqtt'

/**
 * Whether the broker accepts a connection through exactly this link: for `acceptWhen`, which asks before the session moves.
 *
 * @param {import('@roamkit/sockets').Via} link
 * @param {string} broker
 * @param {{ readonly signal: AbortSignal }} call
 * @param {import('mqtt').IClientOptions} [mqtt] options of MQTT.js, such as a user name and a password
 * @returns {Promise<boolean>}
 */
export async function brokerAnswers(link, broker, { signal }, mqtt = {}) {
  if (signal.aborted) return false
  const { clientId: _, ...options } = mqtt // with the same identifier, the broker would end the gateway's connection
  const client = new MqttClient(mqttStream(link, broker, { wait: false }), {
    connectTimeout: 5000,
    ...options,
    reconnectPeriod: 0,
  })
  const answer = await new Promise((resolve) => {
    client.on('connect', () => resolve(true))
    client.on('error', () => resolve(false))
    client.on('close', () => resolve(false))
    signal.addEventListener('abort', () => resolve(false), { once: true })
  })
  client.end(true)
  return answer
}
