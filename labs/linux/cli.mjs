// The lab's commands. From outside, controls are carried out by this same file inside the lab.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { defaults } from './config.mjs'
import { logOf } from './daemon.mjs'
import { bus, carrier, info, inside, nm, portal, status } from './lab.mjs'
import { inPeer, linkNames, MOST_LINKS } from './network.mjs'
import { enterLab, findLabs, runInLab, startLab, stopLab, theLab } from './outside.mjs'
import { brokerObstacle, LATER_RELEASE, laterObstacle, obstacle } from './requirements.mjs'

const HELP = `labs/linux/run [OPTIONS] CMD...      CMD in a fresh lab that ends with it
labs/linux/lab start [OPTIONS] [N]   a lab that stays, with N links (3); prints what to put in ROAMKIT_LAB when several run
labs/linux/lab stop | status | env | info | log NAME (nm, bus, dnsmasq, internet)
labs/linux/lab exec CMD...           CMD on the machine's side: NetworkManager's network, bus, mounts
labs/linux/lab peer CMD...           CMD on the other side of the links: the lab's "Internet"
labs/linux/lab carrier a|b|c up|down
labs/linux/lab portal full|portal|limited [LINK]
labs/linux/lab nm-stop | nm-kill | nm-start | nm-pause | nm-resume | bus-kill | bus-start [open|stock]
labs/linux/lab check                 whether a lab can run on this machine, and what is missing

Options, or the environment's ROAMKIT_LAB_LINKS, _POLKIT, _LOG, _CONNECTIVITY, _CARRIER_WAIT, _RELEASE, _BUS:
  --links N              number of links, 1 to ${MOST_LINKS} (${defaults.links})
  --polkit MODE          auth-polkit: false, root-only, true (${defaults.polkit})
  --log LEVEL            NetworkManager's log level (${defaults.log})
  --connectivity S       seconds between connectivity checks, 0: none (${defaults.connectivity})
  --carrier-wait MS      how long NetworkManager sits on a loss of carrier (${defaults.carrierWait}, its own default)
  --release WHICH        which NetworkManager: installed, or later, the one of Debian ${LATER_RELEASE} (${defaults.release})
  --bus WHICH            dbus-daemon or dbus-broker (${defaults.bus})
`

/** Controls: what each does inside a lab. @type {Record<string, (...args: string[]) => unknown>} */
const controls = {
  status: () =>
    Object.entries(status())
      .map(([name, pid]) => `${name} ${pid === null ? 'down' : `up (${pid})`}\n`)
      .join(''),
  env: () =>
    `${['ROAMKIT_LAB', 'DBUS_SYSTEM_BUS_ADDRESS'].map((name) => `export ${name}='${process.env[name]}'`).join('\n')}\n`,
  info: () => `${JSON.stringify(info(), null, 2)}\n`,
  log: (name = 'nm') => logOf(name),
  exec: (...command) => spawned(command),
  peer: (...command) => spawned(inPeer(...command)),
  carrier: (link = '', state = '') => {
    const known = linkNames(info().links.length)
    if (!known.includes(link) || (state !== 'up' && state !== 'down'))
      throw new Error(`carrier ${known.join('|')} up|down`)
    return carrier(link, state)
  },
  portal: (mode, link) => portal(/** @type {'full'} */ (mode), link),
  'nm-stop': nm.stop,
  'nm-kill': nm.kill,
  'nm-start': () => nm.start(),
  'nm-pause': nm.pause,
  'nm-resume': nm.resume,
  'bus-kill': bus.kill,
  'bus-start': (policy = 'open') => {
    if (policy !== 'open' && policy !== 'stock') throw new Error('bus-start [open|stock]')
    return bus.start({ policy })
  },
}

/** @param {string[]} command @returns {Promise<number>} */
function spawned([file = '', ...args]) {
  const child = spawn(file, args, { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

/** Options come first; the command's own flags are not ours. @param {string[]} args */
function parseOptions(args) {
  const names = /** @type {const} */ ([
    ...['links', 'polkit', 'log', 'connectivity', 'carrier-wait', 'release', 'bus'],
  ])
  let end = 0
  while (args[end]?.startsWith('--') && args[end] !== '--') end += args[end]?.includes('=') ? 1 : 2
  const { values } = parseArgs({
    args: args.slice(0, end),
    options: Object.fromEntries(names.map((name) => [name, { type: /** @type {const} */ ('string') }])),
  })
  const given = (/** @type {typeof names[number]} */ name, /** @type {string | number} */ usual) =>
    String(values[name] ?? process.env[`ROAMKIT_LAB_${name.replace('-', '_').toUpperCase()}`] ?? usual)
  const rest = args.slice(args[end] === '--' ? end + 1 : end)
  const options = {
    links: Number(given('links', defaults.links)),
    polkit: /** @type {'false'} */ (given('polkit', defaults.polkit)),
    log: given('log', defaults.log),
    connectivity: Number(given('connectivity', defaults.connectivity)),
    carrierWait: Number(given('carrier-wait', defaults.carrierWait)),
    resolved: defaults.resolved,
    release: /** @type {'later'} */ (given('release', defaults.release)),
    bus: /** @type {'dbus-broker'} */ (given('bus', defaults.bus)),
  }
  return { options, rest }
}

/** @param {import('./config.mjs').Options} options */
function checked(options) {
  const { links, polkit, connectivity, carrierWait, release, bus } = options
  if (!(Number.isInteger(links) && links >= 1 && links <= MOST_LINKS))
    throw new Error(`links: 1 to ${MOST_LINKS}`)
  if (!['false', 'root-only', 'true'].includes(polkit)) throw new Error('polkit: false, root-only or true')
  if (!(connectivity >= 0 && carrierWait >= 0)) throw new Error('connectivity, carrier-wait: a number')
  if (!['installed', 'later'].includes(release)) throw new Error('release: installed or later')
  if (!['dbus-daemon', 'dbus-broker'].includes(bus)) throw new Error('bus: dbus-daemon or dbus-broker')
  const reason =
    obstacle() ??
    (release === 'later' ? laterObstacle() : null) ??
    (bus === 'dbus-broker' ? brokerObstacle() : null)
  if (reason !== null) throw new Error(reason)
  return options
}

/** @param {string[]} arguments_ @returns {Promise<string | number | void>} what to print, or the exit code */
async function main([name = 'help', ...args]) {
  if (name === 'help' || name === '--help') return HELP
  if (name === 'check')
    return obstacle() === null ? 'a lab can run here\n' : Promise.reject(new Error(obstacle() ?? ''))
  if (name === 'run') {
    const { options, rest } = parseOptions(args)
    if (rest.length === 0) throw new Error('run: no command')
    return runInLab(checked(options), rest)
  }
  if (name === 'start') {
    const { options, rest } = parseOptions(args)
    const links = rest[0] === undefined ? options.links : Number(rest[0])
    return `export ROAMKIT_LAB=${await startLab(checked({ ...options, links }))}\n`
  }
  if (name === 'status' && !inside && findLabs().length === 0) return 'no lab runs\n'
  if (name === 'stop')
    return inside ? Promise.reject(new Error('stop: from outside the lab')) : stopLab(theLab('staying'))
  const control = controls[name]
  if (control === undefined) throw new Error(`no command ${name}\n\n${HELP}`)
  if (!inside) return enterLab(theLab(), [process.execPath, fileURLToPath(import.meta.url), name, ...args])
  return /** @type {string | number | void} */ (await control(...args))
}

try {
  const said = await main(process.argv.slice(2))
  if (typeof said === 'string') process.stdout.write(said)
  process.exitCode = typeof said === 'number' ? said : 0
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 125
}
