// The first work inside a lab's new namespaces: build the lab, then run a command in it or keep it until it is stopped.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FOLDER, startDaemon } from '../linux/daemon.mjs'
import { buildAndRun, hideMachine } from '../linux/inside.mjs'
import { bus, portal, writeOptions } from '../linux/lab.mjs'
import { createNetwork, dhcpListens, dnsmasqCommand, inPeer, linkNames } from '../linux/network.mjs'
import { PATH } from '../linux/requirements.mjs'
import { connman, disconnect, untilState } from './lab.mjs'
import { CONNMAN } from './requirements.mjs'

/** ConnMan stores its services in /var/lib/connman, and it would not do to make that folder on the machine. */
const HIDDEN = ['/etc/connman', '/var/lib']

const env = { ...process.env, PATH }

/** ConnMan writes its name servers to /run/connman, or, if it cannot, to the machine's own file. */
function hideNameServers() {
  mkdirSync('/run/connman')
  const own = `${FOLDER}/resolv.conf`
  writeFileSync(own, '')
  if (existsSync('/etc/resolv.conf')) execFileSync('mount', ['--bind', own, '/etc/resolv.conf'], { env })
}

/**
 * ConnMan's DHCP client drops packets whose checksum is wrong, and a veth leaves it to the hardware, which it does not have.
 *
 * @param {string} link
 */
function computeChecksums(link) {
  const [file = '', ...args] = inPeer(CONNMAN.ethtool, '-K', `peer-${link}`, 'tx', 'off')
  execFileSync(file, args, { env })
}

/** @param {import('../linux/config.mjs').Options} options */
async function build(options) {
  hideMachine(HIDDEN)
  writeOptions(options)
  hideNameServers()
  await portal('full')
  createNetwork(options.links)
  const links = linkNames(options.links)
  for (const link of links) computeChecksums(link)
  const server = fileURLToPath(new URL('../linux/internet.mjs', import.meta.url))
  const ready = `${FOLDER}/internet.ready`
  await Promise.all([
    startDaemon('dnsmasq', dnsmasqCommand(options.links), dhcpListens),
    startDaemon('internet', inPeer(process.execPath, server, `${FOLDER}/portal`, ready), () =>
      existsSync(ready),
    ),
    bus.start(),
  ])
  await connman.start()
  const [first = '', ...others] = links
  for (const link of others) await disconnect(link)
  await untilState(first, 'online')
}

await buildAndRun(process.argv.slice(2), build)
