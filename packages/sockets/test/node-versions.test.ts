import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { nodeBinary, OTHER_VERSIONS } from '../../../scripts/node-versions.mjs'

const client = fileURLToPath(new URL('./bound-client.mjs', import.meta.url))

/** The first line of Node with `node:ffi`. */
const WITH_FFI = '26.12.1'

async function answers(version: string, ...flags: string[]): Promise<unknown> {
  const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { stdout } = await promisify(execFile)(await nodeBinary(version), [client, String(port), ...flags])
  return JSON.parse(stdout)
}

it.each([process.versions.node, ...OTHER_VERSIONS, WITH_FFI])(
  'connections are bound to the device on Node %s',
  { timeout: 120_000 },
  async (version) => {
    expect(await answers(version)).toEqual(['device', 200, 'device', 'ERR_BIND_FAILED'])
  },
)

it('without koffi, node:ffi binds them', { timeout: 120_000 }, async () => {
  expect(await answers(WITH_FFI, '--without-koffi')).toEqual(['device', 200, 'device', 'ERR_BIND_FAILED'])
})

it('without koffi and node:ffi, they are bound to the address', { timeout: 120_000 }, async () => {
  const found = await answers(process.versions.node, '--without-koffi')
  expect(found).toEqual(['address', 200, 'address', 'connected'])
})
