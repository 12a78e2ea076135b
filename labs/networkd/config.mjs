// The texts of systemd-networkd's configuration files. Pure.
import { linkNames, MOST_LINKS } from '../linux/network.mjs'

/** Where the .network files of the lab are: on a tmpfs, also where the machine has no /etc/systemd. */
export const NETWORK_FILES = '/run/systemd/network'

/** @param {string} link */
export const fileOf = (link) => `${NETWORK_FILES}/10-lab-${link}.network`

/**
 * The file of a link: a lower letter is a better default route. Duplicate addresses are not looked for, so that a link-local address is there at
 * once, and no link waits for it.
 *
 * @param {string} link
 * @param {{ policy?: string }} [settings] `policy` is the ActivationPolicy
 */
export const networkFile = (link, { policy = 'up' } = {}) => `[Match]
Name=eth-${link}

[Link]
ActivationPolicy=${policy}

[Network]
DHCP=ipv4
IPv6AcceptRA=no
IPv6DuplicateAddressDetection=0

[DHCPv4]
RouteMetric=${100 * (linkNames(MOST_LINKS).indexOf(link) + 1)}
UseHostname=no
`

/** The file of a further interface. @param {string} device */
export const deviceFile = (device) => `[Match]
Name=${device}

[Network]
DHCP=ipv4
IPv6AcceptRA=no
`

/** The file of a link that is a port. @param {string} link @param {string} bridge */
export const portFile = (link, bridge) => `[Match]
Name=eth-${link}

[Network]
Bridge=${bridge}
`

/** The file that lets networkd make a bridge. Its port does not wait for thirty seconds before it forwards. @param {string} device */
export const bridgeFile = (device) => `[NetDev]
Name=${device}
Kind=bridge

[Bridge]
ForwardDelaySec=0
`
