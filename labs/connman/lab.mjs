// What can be done to a lab from inside it. Every control returns when what it says is so.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { endDaemon, FOLDER, pauseDaemon, pidOf, resumeDaemon, startDaemon, until } from '../linux/daemon.mjs'
import { environment, inside, info as linuxInfo } from '../linux/lab.mjs'
import { linkNames, MOST_LINKS } from '../linux/network.mjs'
import { PATH } from '../linux/requirements.mjs'
import { connmanConfig } from './config.mjs'
import { CONNMAN } from './requirements.mjs'

export { bus, carrier, dhcp, environment, inside, packets, peer, portal } from '../linux/lab.mjs'

const NAME = 'net.connman'
const ROOT = '/net/connman/service/'

const run = promisify(execFile)
const env = { ...process.env, ...environment, PATH }

function mustBeInside() {
  if (!inside) throw new Error('not inside a lab: start this with labs/connman/run')
}

/** The identifier of a link's service. @param {string} link */
export const serviceOf = (link) => `ethernet_020000000${linkNames(MOST_LINKS).indexOf(link)}01_cable`

/** What this lab consists of. */
export function info() {
  const { folder, busAddress, internet, links } = linuxInfo()
  return {
    folder,
    busAddress,
    internet,
    links: links.map(({ link, device }) => ({ link, device, service: serviceOf(link) })),
  }
}

/** Calls a method of ConnMan, as another program would; resolves to what was answered. @param {string} path @param {string} method */
async function call(path, method) {
  mustBeInside()
  const args = ['--system', '--print-reply=literal', '--reply-timeout=60000', `--dest=${NAME}`, path, method]
  return (await run('dbus-send', args, { env })).stdout
}

/** What ConnMan says of each service, by identifier; only `State`. */
async function states() {
  const said = await call('/', `${NAME}.Manager.GetServices`)
  return new Map(
    said
      .split(ROOT)
      .slice(1)
      .map((service) => {
        const [, state = ''] = /State\s+variant\s+(\w+)/.exec(service) ?? []
        return [/^\w+/.exec(service)?.[0] ?? '', state]
      }),
  )
}

/** The `State` of a link's service; null while ConnMan lists none, because its cable is out. @param {string} link */
export const state = async (link) => (await states()).get(serviceOf(link)) ?? null

/** Waits until a link's service has one of these states. @param {string} link @param {...(string | null)} wanted */
export const untilState = (link, ...wanted) =>
  until(`${link} is ${wanted.join(' or ')}`, async () => wanted.includes(await state(link)))

/** Connects a link, as another program would; returns when ConnMan calls it ready. @param {string} link */
export async function connect(link) {
  await call(`${ROOT}${serviceOf(link)}`, `${NAME}.Service.Connect`)
  await untilState(link, 'ready', 'online')
}

/** Disconnects a link, as another program would. ConnMan leaves it so until its cable is plugged in again. @param {string} link */
export async function disconnect(link) {
  await untilState(link, 'ready', 'online')
  await call(`${ROOT}${serviceOf(link)}`, `${NAME}.Service.Disconnect`)
  await untilState(link, 'idle')
}

/** The links whose cables are plugged in at their far end. */
async function plugged() {
  const { stdout } = await run('ip', ['-n', 'peer', '-j', 'link', 'show'], { env })
  /** @type {{ ifname: string, flags: string[] }[]} */
  const interfaces = JSON.parse(stdout)
  return info().links.filter(({ link }) =>
    interfaces.some(({ ifname, flags }) => ifname === `peer-${link}` && flags.includes('UP')),
  )
}

/** Whether ConnMan's name is on the bus. */
async function isOwned() {
  const at = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner']
  const { stdout } = await run('dbus-send', ['--system', '--print-reply', ...at, `string:${NAME}`], { env })
  return stdout.includes('boolean true')
}

export const connman = {
  /** Returns when it lists a service for each cable that is plugged in. It connects them by itself. */
  async start() {
    mustBeInside()
    // A ConnMan that was killed may still be on the bus, and two of them do not start.
    await until('the last ConnMan has left the bus', async () => !(await isOwned()))
    const config = `${FOLDER}/connman.conf`
    writeFileSync(config, connmanConfig)
    const command = [CONNMAN.daemon, '--nodaemon', '--nodnsproxy', '--nobacktrace', `--config=${config}`]
    await startDaemon('connman', command, async () => {
      const found = await states().catch(() => null)
      return found !== null && (await plugged()).every(({ service }) => found.has(service))
    })
  },
  /** SIGTERM, as `systemctl stop`: it takes all links down. Returns when the process is gone, as the others do. */
  async stop() {
    mustBeInside()
    await endDaemon('connman', 'SIGTERM')
  },
  /** SIGKILL: the links stay as they are. */
  async kill() {
    mustBeInside()
    await endDaemon('connman', 'SIGKILL')
  },
  /** SIGSTOP: still on the bus, answering nobody. */
  async pause() {
    mustBeInside()
    await pauseDaemon('connman')
  },
  async resume() {
    mustBeInside()
    await resumeDaemon('connman')
  },
}

/** Which daemons run, by process id; null for one that does not. */
export function status() {
  mustBeInside()
  return Object.fromEntries(['bus', 'dnsmasq', 'internet', 'connman'].map((name) => [name, pidOf(name)]))
}
