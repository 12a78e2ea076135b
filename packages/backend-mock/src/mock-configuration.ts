import type { LinkConfiguration, LinkInterface } from '@roamkit/core/contract'
import { freezeCopy } from './plain-data.js'

/**
 * One access point of the scripted world: an id, and every fact that differs from the default, a saved wired connection in range that
 * accepts commands. `interface`, `connectivity`, `portal` and `carrier` apply while the link is up. Out of range, `activate` becomes
 * `unknown`, except for a hidden network: one with `wifi.hidden`, or with `{ inRange: false, activate: 'yes' }` (rule S4).
 */
export type MockConfiguration = { readonly id: string } & Partial<Omit<LinkConfiguration, 'id'>> & {
    /**
     * What an activation needs to come up, by field: `{ psk: 'correct horse' }`. A configuration with `saved: true` has it stored, unless {@link
     * MockWorld.changeSecret} changed it since. An unsaved one asks each time.
     *
     * @defaultValue none is needed
     */
    readonly secret?: Readonly<Record<string, string>>
  }

/** The facts that apply only while the link is up. */
export type WhileUp = Pick<LinkConfiguration, 'interface' | 'connectivity' | 'portal' | 'carrier'>

/** The values of those facts while the link is not up. */
export const notUp: WhileUp = Object.freeze({
  interface: null,
  connectivity: 'unknown',
  portal: null,
  carrier: null,
})

/** The configuration while its link is down: the defaults, overridden by the script. */
export function downConfiguration({ secret: _, ...script }: MockConfiguration): LinkConfiguration {
  return freezeCopy({
    name: script.id,
    bearer: 'ethernet',
    purpose: 'unknown',
    saved: true,
    uplink: true,
    activate: 'yes',
    deactivate: 'yes',
    save: 'yes',
    forget: 'yes',
    inRange: true,
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

/** The facts of the link while it is up: the defaults, overridden by the script. */
export function whileUp(script: Partial<WhileUp>, id: string, device: string | null): WhileUp {
  return freezeCopy({
    connectivity: 'full',
    portal: null,
    carrier: true,
    interface: mockInterface(id, device),
    ...script,
  })
}

/** An interface derived from the names alone. It is the same in every run, and links on one device share its hardware. */
function mockInterface(id: string, device: string | null): LinkInterface {
  const hardware = bytes(device ?? id)
  const [a, b, c] = bytes(id)
  return {
    name: device ?? id,
    index: hardware[0] * 65536 + hardware[1] * 256 + hardware[2] + 2,
    // 02 marks a locally administered address, which no real hardware has.
    hardwareAddress: ['02', '00', ...hardware.map((byte) => byte.toString(16).padStart(2, '0'))].join(':'),
    mtu: 1500,
    addresses: [`10.${a}.${b}.${(c % 200) + 2}/24`],
    gateways: [`10.${a}.${b}.1`],
    dns: [`10.${a}.${b}.1`],
    searchDomains: [],
  }
}

/** Hashes a text to four bytes (FNV-1a). */
function bytes(text: string): [number, number, number, number] {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return [(hash >>> 24) & 255, (hash >>> 16) & 255, (hash >>> 8) & 255, hash & 255]
}
