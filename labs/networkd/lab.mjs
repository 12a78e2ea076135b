// What can be done to a lab from inside it. Every control returns when what it says is so.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { endDaemon, FOLDER, pauseDaemon, pidOf, resumeDaemon, startDaemon, until } from '../linux/daemon.mjs'
import { environment, inside, info as linuxInfo } from '../linux/lab.mjs'
import { PATH } from '../linux/requirements.mjs'
import { bridgeFile, deviceFile, fileOf, NETWORK_FILES, networkFile, portFile } from './config.mjs'
import { NETWORKD, systemdCommand } from './requirements.mjs'

export { bus, carrier, dhcp, environment, inside, packets, peer } from '../linux/lab.mjs'

const run = promisify(execFile)
/** How long a program may take, in milliseconds: one that asks a daemon that hangs must not hang itself. */
const LONGEST = 20_000
const options = { env: { ...process.env, ...environment, PATH }, timeout: LONGEST }

function mustBeInside() {
  if (!inside) throw new Error('not inside a lab: start this with labs/networkd/run')
}

/** What this lab consists of. */
export function info() {
  const { folder, busAddress, internet, rootless, links } = linuxInfo()
  return {
    folder,
    busAddress,
    internet,
    rootless,
    links: links.map(({ link, device }) => ({ link, device, file: fileOf(link) })),
  }
}

/** networkctl, as a user would call it; resolves to what it printed. @param {string[]} args */
export async function networkctl(...args) {
  mustBeInside()
  const [file = '', ...rest] = systemdCommand(NETWORKD.networkctl, ['--no-pager', ...args])
  const { stdout } = await run(file, rest, options)
  return stdout
}

/** Runs `ip` on the machine's side. @param {string[]} args */
export async function ip(...args) {
  mustBeInside()
  return (await run('ip', args, options)).stdout
}

/**
 * One property of a link, as networkd has it on the bus: `OperationalState`.
 *
 * @param {string} device @param {string} property
 */
export async function linkState(device, property) {
  const index = readFileSync(`/sys/class/net/${device}/ifindex`, 'utf8').trim()
  // D-Bus has no digit at the beginning of a path's part: it is escaped.
  const path = `/org/freedesktop/network1/link/_3${index[0]}${index.slice(1)}`
  const get = [
    'org.freedesktop.DBus.Properties.Get',
    'string:org.freedesktop.network1.Link',
    `string:${property}`,
  ]
  const { stdout } = await run(
    'dbus-send',
    ['--system', '--print-reply', '--dest=org.freedesktop.network1', path, ...get],
    options,
  )
  return /"([^"]*)"/.exec(stdout)?.[1] ?? ''
}

/** Waits for a state of a link. @param {string} device @param {string} property @param {string} state */
export const untilState = (device, property, state) =>
  until(`${property} of ${device} is ${state}`, async () => (await linkState(device, property)) === state)

/**
 * Takes a link down, as `ip` or `networkctl down` do it; returns when networkd knows. networkd leaves it so until it is asked to reconfigure it. It is
 * let finish first: a link that goes down while its routes are being set ends as failed.
 *
 * @param {string} link
 */
export async function linkDown(link) {
  const device = `eth-${link}`
  if ((await linkState(device, 'OperationalState')) === 'routable')
    await untilState(device, 'AdministrativeState', 'configured')
  await ip('link', 'set', device, 'down')
  await untilState(device, 'OperationalState', 'off')
}

/**
 * Lets networkd bring a link up; returns when it calls it routable. A link that is on its way up is left alone: systemd 252 may never set the address of
 * a link that it is asked to reconfigure in the middle of that.
 *
 * @param {string} link
 */
export async function linkUp(link) {
  const device = `eth-${link}`
  const isDown = (await linkState(device, 'OperationalState')) === 'off'
  if (isDown || (await linkState(device, 'AdministrativeState')) === 'failed')
    await networkctl('reconfigure', device)
  await untilState(device, 'OperationalState', 'routable')
}

/**
 * Gives a link another .network file, or none; networkd reads it at once.
 *
 * @param {string} link @param {Parameters<typeof networkFile>[1] | null} settings
 */
export async function configure(link, settings) {
  mustBeInside()
  if (settings === null) rmSync(fileOf(link), { force: true })
  else writeFileSync(fileOf(link), networkFile(link, settings))
  if (pidOf('networkd') === null) return
  await networkctl('reload')
  const applied =
    settings === null
      ? '"AdministrativeState":"unmanaged"'
      : `"ActivationPolicy":"${settings?.policy ?? 'up'}"`
  await until(`the new file of eth-${link} is applied`, async () =>
    (await networkctl('--json=short', 'status', `eth-${link}`)).includes(applied),
  )
}

/**
 * Plugs in a further interface that networkd manages; its cable leads nowhere.
 *
 * @param {string} device at most 13 characters
 */
export async function addDevice(device) {
  mustBeInside()
  writeFileSync(`${NETWORK_FILES}/20-${device}.network`, deviceFile(device))
  await networkctl('reload')
  await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', `${device}-p`)
  await untilState(device, 'CarrierState', 'no-carrier')
}

/** Takes it away again. Nothing happens to one that is not there. @param {string} device */
export async function removeDevice(device) {
  mustBeInside()
  for (const kind of ['network', 'netdev']) rmSync(`${NETWORK_FILES}/20-${device}.${kind}`, { force: true })
  if (existsSync(`/sys/class/net/${device}`)) await ip('link', 'del', device)
}

/**
 * Makes a link the only port of a bridge, which has the link's network from then on; `removeDevice` and `configure` undo it.
 *
 * @param {string} link @param {string} device of the bridge
 */
export async function bridge(link, device) {
  mustBeInside()
  writeFileSync(`${NETWORK_FILES}/20-${device}.netdev`, bridgeFile(device))
  writeFileSync(`${NETWORK_FILES}/20-${device}.network`, deviceFile(device))
  writeFileSync(fileOf(link), portFile(link, device))
  await networkctl('reload')
}

export const networkd = {
  /** Returns when it has answered a call and no link is pending. */
  async start() {
    mustBeInside()
    await startDaemon('networkd', systemdCommand(NETWORKD.daemon), async () => {
      const links = await networkctl('--json=short', 'list').catch(() => null)
      return links !== null && !/"AdministrativeState":"(pending|initialized)"/.test(links)
    })
  },
  /** SIGTERM, as `systemctl stop`: it gives its DHCP leases back, and their addresses go. Returns when the process is gone, as the others do. */
  async stop() {
    mustBeInside()
    await endDaemon('networkd', 'SIGTERM')
  },
  /** SIGUSR2, as `systemctl restart` before it starts the next: leases and addresses stay. */
  async leave() {
    mustBeInside()
    await endDaemon('networkd', 'SIGUSR2')
  },
  /** SIGKILL. */
  async kill() {
    mustBeInside()
    await endDaemon('networkd', 'SIGKILL')
  },
  /** SIGSTOP: still on the bus, answering nobody. */
  async pause() {
    mustBeInside()
    await pauseDaemon('networkd')
  },
  async resume() {
    mustBeInside()
    await resumeDaemon('networkd')
  },
}

/** Which daemons run, by process id; null for one that does not. */
export function status() {
  mustBeInside()
  return Object.fromEntries(['bus', 'dnsmasq', 'internet', 'networkd'].map((name) => [name, pidOf(name)]))
}

/** What networkd has written to its log. */
export const log = () => readFileSync(`${FOLDER}/networkd.log`, 'utf8')
