// The first work inside a lab's new namespaces: build the lab, then run a command in it or keep it until it is stopped.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FOLDER, startDaemon } from '../linux/daemon.mjs'
import { buildAndRun, hideMachine } from '../linux/inside.mjs'
import { bus, info, portal, writeOptions } from '../linux/lab.mjs'
import { createNetwork, dhcpListens, dnsmasqCommand, inPeer, linkNames } from '../linux/network.mjs'
import { PATH } from '../linux/requirements.mjs'
import { fileOf, NETWORK_FILES, networkFile } from './config.mjs'
import { linkDown, networkd, untilState } from './lab.mjs'

/** What networkd would read: no file of the machine and none of the vendor. */
const HIDDEN = ['/etc/systemd', '/usr/lib/systemd/network', '/var/lib/systemd']

/**
 * networkd becomes the user systemd-network. Without systemd there is none, and in a rootless lab there is no user but root: the lab has its own list
 * of users.
 */
function nameUser() {
  const users = readFileSync('/etc/passwd', 'utf8')
  const { rootless } = info()
  if (!rootless && users.includes('systemd-network:')) return
  const others = users.split('\n').filter((line) => !line.startsWith('systemd-network:'))
  const id = rootless ? 0 : 65_533
  const own = `${FOLDER}/passwd`
  writeFileSync(own, [`systemd-network:x:${id}:${id}::/:/usr/sbin/nologin`, ...others].join('\n'))
  execFileSync('mount', ['--bind', own, '/etc/passwd'], { env: { ...process.env, PATH } })
}

/** @param {import('../linux/config.mjs').Options} options */
async function build(options) {
  hideMachine(HIDDEN)
  mkdirSync('/run/systemd')
  mkdirSync(NETWORK_FILES, { recursive: true })
  writeOptions(options)
  nameUser()
  await portal('full')
  const links = linkNames(options.links)
  for (const link of links) writeFileSync(fileOf(link), networkFile(link))
  createNetwork(options.links)
  const server = fileURLToPath(new URL('../linux/internet.mjs', import.meta.url))
  const ready = `${FOLDER}/internet.ready`
  await Promise.all([
    startDaemon('dnsmasq', dnsmasqCommand(options.links), dhcpListens),
    startDaemon('internet', inPeer(process.execPath, server, `${FOLDER}/portal`, ready), () =>
      existsSync(ready),
    ),
    bus.start(),
  ])
  await networkd.start()
  const [first, ...others] = links
  for (const link of others) await linkDown(link)
  await untilState(`eth-${first}`, 'OperationalState', 'routable')
}

await buildAndRun(process.argv.slice(2), build)
