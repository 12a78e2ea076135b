// The texts of systemd-networkd's configuration files. Pure.
import { linkNames } from '../linux/network.mjs'

/** Where the .network files of the lab are: on a tmpfs, also where the machine has no /etc/systemd. */
export const NETWORK_FILES = '/run/systemd/network'

/** @param {string} link */
export const fileOf = (link) => `${NETWORK_FILES}/10-lab-${link}.network`

/**
 * The file of a link: a lower letter is a better default route. Duplicate addresses are not looked for, so that a link-local address is there at
 * once, and no link waits for it.
 *
 * @param {string} link
 * @param {{ policy?: string, more?: string }} [settings] `policy` is the ActivationPolicy, `more` are further lines
 */
export function networkFile(link, { policy = 'up', more = '' } = {}) {
  const metric = 100 * (linkNames(8).indexOf(link) + 1)
  return `[Match]
Name=eth-${link}

[Link]
ActivationPolicy=${policy}

[Network]
DHCP=ipv4
IPv6AcceptRA=no
IPv6DuplicateAddressDetection=0

[DHCPv4]
RouteMetric=${metric}
UseHostname=no
${more}
`
}
