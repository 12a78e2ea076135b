import { once } from 'node:events'
import { type AddressInfo, createServer as createPlain, type Server } from 'node:net'
import { createServer as createSecure } from 'node:tls'
import { Aedes } from 'aedes'
import mqtt from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { mqttStream } from '../src/index.js'
import { certificate } from './certificate.js'
import { decide, openLab, tryB } from './lab.js'

/** A real broker. */
async function startBroker(isSecure = false) {
  const broker = await Aedes.createBroker()
  const server: Server = isSecure
    ? createSecure(certificate, broker.handle)
    : createPlain(broker.handle as Parameters<typeof createPlain>[0])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    await new Promise<void>((resolve) => broker.close(resolve))
    server.close()
  })
  return { broker, port: (server.address() as AddressInfo).port }
}

/** Waits for a connection, whatever errors come before it. */
function connected(client: mqtt.MqttClient): Promise<unknown> {
  return new Promise((resolve) => client.once('connect', resolve))
}

it.each(['mqtt', 'mqtts'] as const)('a client of MQTT.js connects by %s', async (scheme) => {
  const { session } = await openLab()
  const { port } = await startBroker(scheme === 'mqtts')
  const stream = mqttStream(session, `${scheme}://127.0.0.1:${port}`, { ca: certificate.cert })
  const client = new mqtt.MqttClient(stream, {})
  await connected(client)
  await client.endAsync(true)
})

it('the name of the broker may have letters beyond ASCII', async () => {
  const { session } = await openLab()
  const { port } = await startBroker()
  // Names below localhost need no name server.
  const client = new mqtt.MqttClient(mqttStream(session, `mqtt://bücher.localhost:${port}`), {})
  onTestFinished(() => client.endAsync(true))
  const failed = new Promise<never>((_, reject) => client.once('error', reject))
  await Promise.race([connected(client), failed])
})

it('a client connects again by the new link after a roam and after a loss, and loses no message', async () => {
  const lab = await openLab()
  const { broker, port } = await startBroker()
  const received: string[] = []
  broker.on('publish', ({ topic, payload }) => {
    if (topic === 'count') received.push(String(payload))
  })
  const client = new mqtt.MqttClient(mqttStream(lab.session, `mqtt://127.0.0.1:${port}`), {
    reconnectPeriod: 1,
  })
  onTestFinished(() => client.endAsync(true))
  // It connects again by itself.
  client.on('error', () => {})
  await connected(client)
  await client.publishAsync('count', '1', { qos: 1 })
  let again = connected(client)
  await decide(lab, await tryB(lab), 'accept')
  await again
  await client.publishAsync('count', '2', { qos: 1 })
  again = connected(client)
  const last = client.publishAsync('count', '3', { qos: 1 })
  lab.world.carrier('b', false)
  await lab.clock.advance(100)
  await lab.clock.advance(11_000)
  await again
  await last
  expect([...new Set(received)]).toEqual(['1', '2', '3'])
})

it.each([
  ['ws://broker', /the broker of mqttStream\(\) must be a URL such as 'mqtt:/],
  ['mqtt://bro%ffker', /the broker of mqttStream\(\) must be a URL/],
  ['broker', /the broker of mqttStream\(\) must be a URL/],
  ['mqtt://me:secret@broker', /^(?!.*secret).*must not contain a user or a password/],
  [7, /the broker of mqttStream\(\) must be a URL/],
])('refuses %j as a broker', async (broker, message) => {
  const { session } = await openLab()
  expect(() => mqttStream(session, broker as string)).toThrow(message)
})

it('an option that is undefined has its default', async () => {
  const { manager, clock } = await openLab()
  const { port } = await startBroker()
  const session = manager.createSession('a')
  const stream = mqttStream(session, `mqtt://127.0.0.1:${port}`, { wait: undefined } as never)()
  void session.open()
  await clock.advance(100)
  await once(stream, 'connect')
  stream.destroy()
})

it('a client that is ended while its stream waits for a link leaves no wait behind', async () => {
  const { manager, clock } = await openLab()
  const before = clock.pending
  const client = new mqtt.MqttClient(mqttStream(manager.createSession('b'), 'mqtt://broker.test'), {})
  await expect.poll(() => clock.pending).toBeGreaterThan(before)
  await client.endAsync()
  await expect.poll(() => clock.pending).toBe(before)
})
