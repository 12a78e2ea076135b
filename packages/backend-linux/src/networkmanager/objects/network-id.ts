import { createHash } from 'node:crypto'
import type { Wifi } from '@roamkit/core/contract'

/** The namespace of our UUIDs (RFC 9562, version 5): random, and the same for ever. */
const NAMESPACE = Buffer.from('6b1c1d0ed6f94f7f9c3c2f6f0c7a9e54', 'hex')

/**
 * The id of a Wi-Fi network, from the bytes of its SSID and its class of security: a UUID that is the same on every machine and in every run.
 * It is also the UUID of the profile that is made when the network is opened, so that the configuration keeps its id as it gets a profile,
 * is saved, and loses its profile again.
 */
export function networkId(ssid: Uint8Array, security: Wifi['security']): string {
  const hash = createHash('sha1').update(NAMESPACE).update(`${security}:`).update(ssid).digest()
  const bytes = Buffer.from(hash.subarray(0, 16))
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
