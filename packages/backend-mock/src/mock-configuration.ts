import type { LinkConfiguration, LinkInterface } from '@roamkit/core/contract'
import { freezeCopy } from './plain-data.js'

/**
 * One access point of the scripted world: an id, and whatever differs from a wired, saved, permitted one in reach.
 * `interface`, `connectivity`, `portal` and `carrier` say what holds while the link is up. Out of reach `activate` is `unknown`;
 * one that is to be tried all the same is hidden: `wifi.hidden`, or `{ inReach: false, activate: 'yes' }` (rule S4).
 */
export type MockConfiguration = { readonly id: string } & Partial<Omit<LinkConfiguration, 'id'>>

/** What holds only while the link is up. */
export type WhileUp = Pick<LinkConfiguration, 'interface' | 'connectivity' | 'portal' | 'carrier'>

/** What those facts are while the link is not up. */
export const notUp: WhileUp = Object.freeze({
  interface: null,
  connectivity: 'unknown',
  portal: null,
  carrier: null,
})

/** The configuration as it is before its link does anything: the defaults, and what the script says instead. */
export function downConfiguration(script: MockConfiguration): LinkConfiguration {
  return freezeCopy({
    name: script.id,
    bearer: 'ethernet',
    purpose: 'unknown',
    saved: true,
    uplink: true,
    activate: 'yes',
    deactivate: 'yes',
    inReach: true,
    ended: null,
    device: `dev-${script.id}`,
    over: null,
    network: null,
    point: null,
    proxy: null,
    wifi: null,
    signal: null,
    metered: null,
    ...script,
    ...notUp,
    link: 'down',
    activation: null,
  })
}

/** The facts of the link while it is up: the defaults, and what the script says instead. */
export function whileUp(script: Partial<WhileUp>, id: string, device: string | null): WhileUp {
  return freezeCopy({
    connectivity: 'full',
    portal: null,
    carrier: true,
    interface: mockInterface(id, device),
    ...script,
  })
}

/** An interface made up from the names alone: the same in every run, links on one device share its hardware. */
function mockInterface(id: string, device: string | null): LinkInterface {
  const hardware = bytes(device ?? id)
  const [a, b, c] = bytes(id)
  return {
    name: device ?? id,
    index: hardware[0] * 65536 + hardware[1] * 256 + hardware[2] + 2,
    // 02: locally administered, so that it is nobody's real address.
    hardwareAddress: ['02', '00', ...hardware.map((byte) => byte.toString(16).padStart(2, '0'))].join(':'),
    mtu: 1500,
    addresses: [`10.${a}.${b}.${(c % 200) + 2}/24`],
    gateways: [`10.${a}.${b}.1`],
    dns: [`10.${a}.${b}.1`],
    searchDomains: [],
  }
}

/** FNV-1a: four bytes that are the same for the same text. */
function bytes(text: string): [number, number, number, number] {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return [(hash >>> 24) & 255, (hash >>> 16) & 255, (hash >>> 8) & 255, hash & 255]
}
