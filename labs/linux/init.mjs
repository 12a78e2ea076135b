// The first work inside a lab's new namespaces: build the lab, then run a command in it or keep it until it is stopped.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { profiles } from './config.mjs'
import { FOLDER, startDaemon } from './daemon.mjs'
import { buildAndRun, hideMachine } from './inside.mjs'
import { bus, nm, portal, writeOptions } from './lab.mjs'
import { createNetwork, dhcpListens, dnsmasqCommand, inPeer } from './network.mjs'

/** What NetworkManager and polkitd would read: no profile and no vendor's configuration of the machine. */
const HIDDEN = [
  '/etc/NetworkManager',
  '/var/lib/NetworkManager',
  '/usr/lib/NetworkManager/conf.d',
  '/usr/lib/NetworkManager/system-connections',
  '/etc/polkit-1/rules.d',
]

/** @param {import('./config.mjs').Options} options */
async function build(options) {
  hideMachine(HIDDEN)
  mkdirSync('/run/NetworkManager')
  writeOptions(options)
  await portal('full')
  mkdirSync('/etc/NetworkManager/system-connections')
  for (const { id, text } of profiles(options.links)) {
    writeFileSync(`/etc/NetworkManager/system-connections/${id}.nmconnection`, text, { mode: 0o600 })
  }
  createNetwork(options.links)
  const server = fileURLToPath(new URL('internet.mjs', import.meta.url))
  const ready = `${FOLDER}/internet.ready`
  await Promise.all([
    startDaemon('dnsmasq', dnsmasqCommand(options.links), dhcpListens),
    startDaemon('internet', inPeer(process.execPath, server, `${FOLDER}/portal`, ready), () =>
      existsSync(ready),
    ),
    bus.start(),
  ])
  await nm.start()
}

await buildAndRun(process.argv.slice(2), build)
