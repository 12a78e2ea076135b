// What can be done to a lab from inside it. Every control returns when what it says is so.
import { execFile, spawnSync } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { allowingRule, busConfig, networkManagerConfig, resolvedConfig } from './config.mjs'
import { endDaemon, FOLDER, logOf, pauseDaemon, pidOf, resumeDaemon, startDaemon, until } from './daemon.mjs'
import {
  dhcpListens,
  dnsmasqCommand,
  INTERNET,
  inPeer,
  linkNames,
  nameServerCommand,
  networkOf,
} from './network.mjs'
import { BROKER, laterNetworkManager, PATH, POLKITD, RESOLVED } from './requirements.mjs'

const BUS = '/run/dbus/system_bus_socket'
const PORTAL = `${FOLDER}/portal`
const OPTIONS = `${FOLDER}/options.json`
const run = promisify(execFile)

/** The process runs inside a lab; every control below rejects where it does not. */
export const inside = process.env.ROAMKIT_LAB === FOLDER

/** The environment that tells a process it is inside. */
export const environment = { ROAMKIT_LAB: FOLDER, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${BUS}`, PATH }

function mustBeInside() {
  if (!inside) throw new Error('not inside a lab: start this with labs/linux/run')
}

/** @returns {import('./config.mjs').Options} */
function options() {
  mustBeInside()
  return JSON.parse(readFileSync(OPTIONS, 'utf8'))
}

/** @param {import('./config.mjs').Options} value */
export function writeOptions(value) {
  writeFileSync(OPTIONS, JSON.stringify(value))
}

/**
 * What this lab consists of. `internet` is its http server, where `/bytes/N` gives N bytes; a rootless lab has no user but root, so
 * nobody to whom NetworkManager would refuse anything.
 */
export function info() {
  const { links } = options()
  return {
    folder: FOLDER,
    busAddress: environment.DBUS_SYSTEM_BUS_ADDRESS,
    internet: `http://${INTERNET}:8080`,
    rootless: /^\s*0\s+\d+\s+1\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8')),
    links: linkNames(links).map((link, index) => ({
      link,
      device: `eth-${link}`,
      profile: `lab-${link}`,
      uuid: `0000000${index}-aaaa-4bbb-8ccc-00000000000${index}`,
      metered: links > 1 && index === links - 1,
    })),
  }
}

/**
 * Plugs the cable of a link in or out; returns when the kernel says so on the machine's side.
 *
 * @param {string} link @param {'up' | 'down'} state
 */
export async function carrier(link, state) {
  mustBeInside()
  const env = { ...process.env, PATH }
  await run('ip', ['-n', 'peer', 'link', 'set', `peer-${link}`, state], { env })
  const missing = state === 'up' ? '0' : '1'
  await until(`the carrier of eth-${link} is ${state}`, () => carrierOf(`eth-${link}`) !== missing)
}

/** `1` or `0`; `null` of an interface that NetworkManager took down, which has no carrier to lose. @param {string} device */
function carrierOf(device) {
  try {
    return readFileSync(`/sys/class/net/${device}/carrier`, 'utf8').trim()
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    if (code === 'EINVAL') return null
    throw error
  }
}

/**
 * What the connectivity check gets from now on: through every link, or through that one only.
 *
 * @param {'full' | 'portal' | 'limited'} mode @param {string} [link]
 */
export async function portal(mode, link) {
  mustBeInside()
  if (!['full', 'portal', 'limited'].includes(mode)) throw new Error(`lab: no such portal mode: ${mode}`)
  writeFileSync(`${PORTAL}.next`, link === undefined ? mode : `${mode} ${networkOf(link)}`)
  renameSync(`${PORTAL}.next`, PORTAL)
}

const FOREGROUND = ['--nofork', '--nopidfile', '--nosyslog']
const BROKER_PROGRAM = fileURLToPath(new URL('dbus-broker.pl', import.meta.url))

/** The launcher is put beside the programs in /usr/bin, for this lab alone. @param {string} config */
async function brokerCommand(config) {
  const other = `${FOLDER}/other-bus`
  if (pidOf('other-bus') === null) {
    const env = { ...process.env, PATH }
    await run('mount', ['-t', 'overlay', '-o', `lowerdir=${BROKER}:/usr/bin`, 'overlay', '/usr/bin'], { env })
    const command = ['dbus-daemon', '--session', `--address=unix:path=${other}`, ...FOREGROUND]
    await startDaemon('other-bus', command, () => accepts(other))
  }
  return ['perl', BROKER_PROGRAM, BUS, config, other]
}

export const bus = {
  /**
   * NetworkManager does not join a new bus by itself: `nm.stop()` and `nm.start()` after it. With the policy `stock` the daemon
   * reads the distribution's own system.conf: strangers may send what they may send on a real machine, and no more.
   *
   * @param {{ policy?: import('./config.mjs').BusPolicy }} [options]
   */
  async start({ policy = 'open' } = {}) {
    mustBeInside()
    rmSync(BUS, { force: true })
    const config = `${FOLDER}/bus.conf`
    writeFileSync(config, busConfig(BUS, policy))
    const daemon = ['dbus-daemon', `--config-file=${config}`, ...FOREGROUND]
    const command = options().bus === 'dbus-broker' ? await brokerCommand(config) : daemon
    await startDaemon('bus', command, () => accepts(BUS))
  },
  async kill() {
    mustBeInside()
    await endDaemon('bus', 'SIGKILL')
  },
}

export const nm = {
  /**
   * Returns when Manager.Startup is false. Changes stay for the starts after it.
   *
   * @param {Partial<Pick<import('./config.mjs').Options, 'polkit' | 'connectivity' | 'carrierWait' | 'resolved'>>} [changes]
   */
  async start(changes = {}) {
    const all = { ...options(), ...changes }
    writeOptions(all)
    writeFileSync('/etc/NetworkManager/NetworkManager.conf', networkManagerConfig(all))
    const program = all.release === 'later' ? laterNetworkManager() : ['NetworkManager']
    await startDaemon('nm', [...program, '--debug', `--log-level=${all.log}`], startupIsOver)
  },
  /** SIGTERM; returns when the process is gone, as the others do. Nothing happens to one that does not run. */
  async stop() {
    mustBeInside()
    await endDaemon('nm', 'SIGTERM')
  },
  /** SIGKILL. */
  async kill() {
    mustBeInside()
    await endDaemon('nm', 'SIGKILL')
  },
  /** SIGSTOP: still on the bus, answering nobody. */
  async pause() {
    mustBeInside()
    await pauseDaemon('nm')
  },
  async resume() {
    mustBeInside()
    await resumeDaemon('nm')
  },
}

/** The peer's DHCP server; while it is paused a link stays on its way up, for ten seconds at most. */
export const dhcp = {
  /**
   * Restarts it: leases are to be renewed after so many seconds, or are of another network. The peer's own address in that network is not
   * the lab's affair.
   *
   * @param {import('./network.mjs').Leases} [leases]
   */
  async serve(leases = {}) {
    await endDaemon('dnsmasq', 'SIGKILL')
    await startDaemon('dnsmasq', dnsmasqCommand(options().links, leases), dhcpListens)
  },
  async pause() {
    mustBeInside()
    await pauseDaemon('dnsmasq')
  },
  async resume() {
    mustBeInside()
    await resumeDaemon('dnsmasq')
  },
}

/** The links' name servers, one behind each: see `nameServerCommand`. */
export const names = {
  /** @param {readonly string[]} [links] */
  async serve(links = linkNames(options().links)) {
    const ready = (/** @type {string} */ link) => () => logOf(`names-${link}`).includes('started')
    await Promise.all(links.map((link) => startDaemon(`names-${link}`, nameServerCommand(link), ready(link))))
  },
  async stop() {
    const links = linkNames(options().links)
    await Promise.all(links.map((link) => endDaemon(`names-${link}`, 'SIGKILL')))
    for (const link of links) rmSync(`${FOLDER}/names-${link}.log`, { force: true })
  },
  /** What a link's name server has been asked for since it was started, such as `A host.example`. @param {string} link */
  questions(link) {
    mustBeInside()
    return [...logOf(`names-${link}`).matchAll(/query\[(\w+)\] (\S+) from/g)].map(
      ([, type, name]) => `${type} ${name}`,
    )
  },
}

/** How many packets have come out of a link at its far end, by the kernel's own count. @param {string} link */
export async function packets(link) {
  const [{ stats64 }] = JSON.parse(await peer('ip', ['-j', '-s', 'link', 'show', `peer-${link}`]))
  return Number(stats64.rx.packets)
}

/** Whom systemd-resolved runs as. */
const NOBODY = 65_534
const CAPABILITIES = '+net_raw,+net_bind_service,+setpcap'

/** The real systemd-resolved, which runs as nobody. */
export const resolved = {
  /** Why it cannot run here, or null. */
  obstacle() {
    if (!existsSync(RESOLVED.daemon)) return 'systemd-resolved is not unpacked: npm run setup'
    if (info().rootless) return 'a rootless lab has no user nobody, as whom it runs'
    const version = spawnSync(RESOLVED.daemon, ['--version'], {
      env: { LD_LIBRARY_PATH: RESOLVED.libraries },
      encoding: 'utf8',
    })
    return version.status === 0 ? null : `systemd-resolved does not run: ${version.stderr.trim()}`
  },
  /** NetworkManager tells it the links' name servers when it is started after it, with `resolved: true`. */
  async start() {
    mustBeInside()
    // Its user may not read the home folder where it was unpacked.
    for (const [from, to] of [
      [RESOLVED.daemon, 'daemon'],
      [RESOLVED.libraries, 'libraries'],
    ])
      cpSync(from ?? '', `${FOLDER}/resolved/${to}`, { recursive: true })
    mkdirSync('/run/systemd/resolved.conf.d', { recursive: true })
    writeFileSync('/run/systemd/resolved.conf.d/lab.conf', resolvedConfig)
    mkdirSync('/run/systemd/resolve', { recursive: true })
    chownSync('/run/systemd/resolve', NOBODY, NOBODY)
    const as = [
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      `--inh-caps=${CAPABILITIES}`,
      `--ambient-caps=${CAPABILITIES}`,
    ]
    const environment = `LD_LIBRARY_PATH=${FOLDER}/resolved/libraries`
    const command = ['setpriv', ...as, 'env', environment, `${FOLDER}/resolved/daemon`]
    await startDaemon('resolved', command, () => isOwned('org.freedesktop.resolve1'))
  },
  /** SIGKILL: its socket stays, and nothing listens there. */
  async kill() {
    mustBeInside()
    await endDaemon('resolved', 'SIGKILL')
  },
  async stop() {
    mustBeInside()
    await endDaemon('resolved', 'SIGTERM')
    rmSync('/run/systemd/resolve', { recursive: true, force: true })
  },
}

const RULE = '/etc/polkit-1/rules.d/00-lab.rules'

/** The real polkitd. Without logind no user counts as sitting at the machine, so NetworkManager's own rules grant little. */
export const polkit = {
  /** Why it cannot run here, or null. */
  obstacle() {
    if (!existsSync(POLKITD)) return 'not installed: apt-get install --no-install-recommends polkitd'
    return info().rootless ? 'a rootless lab has no user polkitd, whom it becomes' : null
  },
  /** NetworkManager asks it when it is started after it, with `polkit: 'true'`. */
  async start() {
    mustBeInside()
    await startDaemon('polkit', [POLKITD, '--no-debug'], () => isOwned('org.freedesktop.PolicyKit1'))
  },
  async stop() {
    mustBeInside()
    await endDaemon('polkit', 'SIGTERM')
  },
  /**
   * From now on that user may do everything with NetworkManager, `null`: nobody but by polkit's own rules. polkitd sees the change
   * by itself, a moment later.
   *
   * @param {string | null} user
   */
  allow(user) {
    mustBeInside()
    rmSync(RULE, { force: true })
    if (user === null) return
    writeFileSync(`${RULE}.next`, allowingRule(user))
    renameSync(`${RULE}.next`, RULE)
  },
}

/**
 * Runs a program on the other side of the links; resolves to what it printed, rejects when it fails.
 *
 * @param {string} command @param {readonly string[]} [args]
 */
export async function peer(command, args = []) {
  mustBeInside()
  const [file = '', ...rest] = inPeer(command, ...args)
  const { stdout } = await run(file, rest, { env: { ...process.env, PATH } })
  return stdout
}

/** Which daemons run, by process id; null for one that does not. */
export function status() {
  mustBeInside()
  return Object.fromEntries(['bus', 'dnsmasq', 'internet', 'nm'].map((name) => [name, pidOf(name)]))
}

/** Manager.Startup is false: every device that comes up by itself is up, or has failed to. */
function startupIsOver() {
  const online = run('nm-online', ['--wait-for-startup', '--quiet', '--timeout=1'], {
    env: { ...process.env, ...environment },
  })
  return online.then(
    () => true,
    () => false,
  )
}

/** Whether somebody has that name on the bus. @param {string} name */
async function isOwned(name) {
  const at = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner']
  const env = { ...process.env, ...environment }
  const { stdout } = await run('dbus-send', ['--system', '--print-reply', ...at, `string:${name}`], { env })
  return stdout.includes('boolean true')
}

/** @param {string} path */
function accepts(path) {
  return new Promise((/** @type {(accepted: boolean) => void} */ resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
