// The first work inside a lab's new namespaces: build the lab, then run a command in it or keep it until it is stopped.
// File descriptor 3 is the line to whoever started the lab (outside.mjs); see README.md for how a lab ends.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { profiles } from './config.mjs'
import { FOLDER, startDaemon } from './daemon.mjs'
import { bus, nm, portal, writeOptions } from './lab.mjs'
import { createNetwork, dhcpListens, dnsmasqCommand, inPeer } from './network.mjs'
import { PATH } from './requirements.mjs'

/** How long a command may take to end after a signal, before the lab ends around it. */
const GRACE = 5_000

/** Daemons see nothing of the machine's own: no udev or systemd under /run, no vendor's configuration, only this network in /sys. */
function mountOver() {
  const mount = (/** @type {string[]} */ ...args) =>
    execFileSync('mount', args, { env: { ...process.env, PATH } })
  mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run')
  mount('-t', 'sysfs', '-o', 'ro', 'sysfs', '/sys') // read-only: NetworkManager does not wait for udev
  for (const folder of ['/etc', '/var/lib', '/usr/lib']) {
    const own = folder === '/usr/lib' ? ['conf.d', 'system-connections'] : ['']
    for (const path of own.map((name) => `${folder}/NetworkManager/${name}`).filter(existsSync)) {
      mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', path)
    }
  }
  if (existsSync('/etc/polkit-1/rules.d'))
    mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/etc/polkit-1/rules.d')
  for (const path of [FOLDER, '/run/dbus', '/run/netns', '/run/NetworkManager']) mkdirSync(path)
}

/** @param {import('./config.mjs').Options} options */
async function build(options) {
  mountOver()
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

/** @param {string[]} command @param {Socket} line @returns {Promise<number>} its exit code */
function runCommand([file = '', ...args], line) {
  const child = spawn(file, args, { stdio: 'inherit' })
  line.on('data', (signal) => {
    child.kill(/** @type {NodeJS.Signals} */ (String(signal)))
    setTimeout(() => process.exit(128 + constants.signals.SIGKILL), GRACE).unref()
  })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGQUIT'])) process.on(signal, () => {}) // a terminal's: the command's affair
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`lab: ${error.message}\n`)
      resolve(127)
    })
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

const [given = '{}', ...command] = process.argv.slice(2)
/** @type {import('./config.mjs').Options & { keep: boolean }} */
const { keep, ...options } = JSON.parse(given)
const line = new Socket({ fd: 3, readable: true, writable: true })
if (!keep)
  line
    .on('end', () => process.exit(1))
    .on('error', () => process.exit(1))
    .resume()

try {
  await build(options)
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  if (keep) await new Promise((resolve) => line.end(message, () => resolve(null)))
  else process.stderr.write(`${message}\n`)
  process.exit(125)
}
if (keep) {
  line.end('ready')
  setInterval(() => {}, 2 ** 31 - 1)
} else {
  process.exit(await runCommand(command, line))
}
