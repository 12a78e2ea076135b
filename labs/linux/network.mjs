// The lab's two networks: the machine (where NetworkManager lives) and the peer, its "Internet", joined by veth pairs.
import { execFileSync } from 'node:child_process'
import { PATH } from './requirements.mjs'

const PEER = 'peer'
export const INTERNET = '203.0.113.1'
const LETTERS = 'abcdefgh'
export const MOST_LINKS = LETTERS.length

/** @param {number} count */
export const linkNames = (count) => [...LETTERS.slice(0, count)]

/** How the addresses behind a link begin. @param {string} link */
export const networkOf = (link) => `10.91.${LETTERS.indexOf(link)}.`

/** The address of a link's name server beyond its router, to which the system's routes lead through any link. @param {string} link */
const distantServerOf = (link) => `198.51.100.${LETTERS.indexOf(link) + 1}`

/** @param {number} count */
export function createNetwork(count) {
  const ip = (/** @type {string} */ line) =>
    execFileSync('ip', line.split(' '), { env: { ...process.env, PATH } })
  ip(`netns add ${PEER}`)
  ip('link set lo up')
  ip(`-n ${PEER} link set lo up`)
  ip(`-n ${PEER} addr add ${INTERNET}/32 dev lo`)
  for (const [index, link] of linkNames(count).entries()) {
    // A fixed hardware address, so that leases repeat from run to run.
    ip(`link add eth-${link} address 02:00:00:00:0${index}:01 type veth peer name peer-${link} netns ${PEER}`)
    ip(`-n ${PEER} addr add 10.91.${index}.1/24 dev peer-${link}`)
    ip(`-n ${PEER} addr add ${distantServerOf(link)}/32 dev lo`)
    ip(`-n ${PEER} link set peer-${link} up`)
  }
}

/** The command that runs another one in the peer's network. `ip netns exec` would mount a second /sys. */
export const inPeer = (/** @type {string[]} */ ...command) => [
  'nsenter',
  `--net=/run/netns/${PEER}`,
  '--',
  ...command,
]

/**
 * What is leased: `renewal` is after how many seconds a lease is to be renewed; `moved` leases all links another network, whose third
 * number is greater by ten; `distantNames` leases name servers that are beyond the links' routers.
 *
 * @typedef {{ renewal?: number, moved?: boolean, distantNames?: boolean }} Leases
 */

/** @param {number} count @param {Leases} [leases] */
export function dnsmasqCommand(count, { renewal, moved = false, distantNames = false } = {}) {
  const times =
    renewal === undefined
      ? []
      : [`--dhcp-option-force=58,${renewal}`, `--dhcp-option-force=59,${2 * renewal}`]
  const ranges = linkNames(count).flatMap((link, index) => {
    const net = `10.91.${index + (moved ? 10 : 0)}`
    const tag = `net-${link}`
    const metered =
      count > 1 && index === count - 1 ? [`--dhcp-option-force=tag:${tag},43,ANDROID_METERED`] : []
    return [
      `--interface=peer-${link}`,
      `--dhcp-range=set:${tag},${net}.50,${net}.99,255.255.255.0,1h`,
      `--dhcp-option=tag:${tag},option:router,${net}.1`,
      `--dhcp-option=tag:${tag},option:dns-server,${distantNames ? distantServerOf(link) : `${net}.1`}`,
      ...metered,
    ]
  })
  const fixed = [
    '--no-daemon',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--port=0',
    '--bind-dynamic',
  ]
  const dhcp = ['--dhcp-authoritative', '--dhcp-broadcast', '--no-ping', '--leasefile-ro', '--log-facility=-']
  return inPeer('dnsmasq', ...fixed, '--except-interface=lo', ...dhcp, ...times, ...ranges)
}

/** Too many addresses for a datagram. */
const MANY_ADDRESSES = 64

/**
 * The name server of a link: `host.example` is the far end of that link, `many.example` has 64 addresses, and no other name exists.
 *
 * @param {string} link
 */
export function nameServerCommand(link) {
  const near = `${networkOf(link)}1`
  const fixed = ['--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--bind-interfaces']
  const listens = [`--interface=peer-${link}`, `--listen-address=${distantServerOf(link)}`]
  const many = Array.from({ length: MANY_ADDRESSES }, (_, index) => `${networkOf(link)}${100 + index}`)
  const records = many.map((address) => `--host-record=many.example,${address}`)
  const names = [
    `--host-record=host.example,${near}`,
    ...records,
    '--local=/#/',
    '--log-queries',
    '--log-facility=-',
  ]
  return inPeer('dnsmasq', ...fixed, '--except-interface=lo', ...listens, ...names)
}

/** Port 67 in the peer's table of UDP sockets. */
export function dhcpListens() {
  const [file = '', ...args] = inPeer('cat', '/proc/net/udp')
  return execFileSync(file, args, { encoding: 'utf8', env: { ...process.env, PATH } }).includes(':0043 ')
}
