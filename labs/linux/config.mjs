// The texts of the daemons' configuration files. Pure.
import { INTERNET, linkNames } from './network.mjs'

/** @typedef {{ links: number, polkit: 'false' | 'root-only' | 'true', log: string, connectivity: number, carrierWait: number, resolved: boolean, release: 'installed' | 'later', bus: 'dbus-daemon' | 'dbus-broker' }} Options release: which NetworkManager */

/** @type {Options} */
export const defaults = {
  links: 3,
  polkit: 'false',
  log: 'INFO',
  connectivity: 5,
  carrierWait: 6000,
  resolved: false,
  release: 'installed',
  bus: 'dbus-daemon',
}

/** @typedef {'open' | 'stock'} BusPolicy open: everybody may do everything, and answer in others' place */

/** What the distribution lets the users of a machine do. */
const STOCK = '<include>/usr/share/dbus-1/system.conf</include><user>root</user>'

const OPEN = `<type>system</type>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow send_requested_reply="false" send_type="method_return"/>
    <allow send_requested_reply="false" send_type="error"/>
    <allow receive_requested_reply="false" receive_type="method_return"/>
    <allow receive_requested_reply="false" receive_type="error"/>
  </policy>`

/** @param {string} socket @param {BusPolicy} [policy] */
export const busConfig = (
  socket,
  policy = 'open',
) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  ${policy === 'stock' ? STOCK : OPEN}
  <listen>unix:path=${socket}</listen>
</busconfig>
`

/** @param {Options} options */
export const networkManagerConfig = ({ polkit, connectivity, carrierWait, resolved }) => `[main]
plugins=keyfile
auth-polkit=${polkit}
dhcp=internal
dns=none
rc-manager=unmanaged
systemd-resolved=${resolved}
no-auto-default=*
configure-and-quit=no
hostname-mode=none

[logging]
backend=syslog
audit=false

[keyfile]
unmanaged-devices=interface-name:lo;interface-name:ifb*

[device-lab]
match-device=interface-name:eth-*
carrier-wait-timeout=${carrierWait}

[connectivity]
enabled=${connectivity > 0}
uri=http://${INTERNET}:8080/check
interval=${connectivity}
response=NetworkManager is online
`

/**
 * Every question goes to a name server: to that of the link, and to no other. Without multicast, so that the packets on a link are those of
 * questions.
 */
export const resolvedConfig = `[Resolve]
DNS=
FallbackDNS=
LLMNR=no
MulticastDNS=no
DNSSEC=no
Cache=no
DNSStubListener=no
`

/** A polkit rule, in polkit's own JavaScript. @param {string} user */
export const allowingRule = (user) => `polkit.addRule(function (action, subject) {
  if (action.id.indexOf('org.freedesktop.NetworkManager.') === 0 && subject.user === ${JSON.stringify(user)})
    return polkit.Result.YES
})
`

/**
 * One profile a link: lab-a comes up by itself, the others wait to be asked; a lower letter is a better default route.
 *
 * @param {number} count
 * @returns {{ id: string, text: string }[]}
 */
export const profiles = (count) =>
  linkNames(count).map((link, index) => ({
    id: `lab-${link}`,
    text: `[connection]
id=lab-${link}
uuid=0000000${index}-aaaa-4bbb-8ccc-00000000000${index}
type=ethernet
interface-name=eth-${link}
autoconnect=${index === 0}

[ipv4]
method=auto
route-metric=${100 * (index + 1)}
dhcp-timeout=10

[ipv6]
method=link-local
`,
  }))
