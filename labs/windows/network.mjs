// The lab's real links: veth pairs, whose near ends Wine sees; the far ends are in a network of their own.
import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PATH } from './requirements.mjs'

const run = promisify(execFile)
const FAR = 'far'
const LINKS = ['eth0', 'wifi0']
const LIMIT = 5_000

/** @param {string[]} args */
async function ip(...args) {
  try {
    const { stdout } = await run('ip', args, { env: { ...process.env, PATH } })
    return stdout
  } catch (error) {
    throw new Error(/** @type {{ stderr?: string }} */ (error).stderr?.trim() || String(error))
  }
}

export async function createNetwork() {
  await ip('netns', 'add', FAR)
  await ip('link', 'set', 'lo', 'up')
  for (const link of LINKS) await addLink(link)
}

/** @param {string} link */
async function addLink(link) {
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}-far`, 'netns', FAR)
  await ip('link', 'set', link, 'up')
}

/** @param {string} link @param {'up' | 'down'} state */
async function carry(link, state) {
  await ip('-n', FAR, 'link', 'set', `${link}-far`, state)
  const end = performance.now() + LIMIT
  const holds = async () => (await ip('-o', 'link', 'show', link)).includes('LOWER_UP') === (state === 'up')
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`the carrier of ${link} is not ${state}`)
    await delay(5)
  }
}

/** IPv4 or IPv6, by how it is written. @param {string} address */
const family = (address) => (address.includes(':') ? '-6' : '-4')

/** @param {string} link @param {string} gateway */
async function setGateway(link, gateway) {
  const none = gateway === 'none'
  if (none) await ip('route', 'flush', 'default', 'dev', link)
  else await ip(family(gateway), 'route', 'replace', 'default', 'via', gateway, 'dev', link, 'onlink')
}

/** Without waiting for duplicate addresses, which cannot exist here. @param {string} action @param {string} link @param {string} address */
async function changeAddress(action, link, address) {
  const flags = address.includes(':') && action !== 'del' ? ['nodad'] : []
  await ip(family(address), 'address', action, address, 'dev', link, ...flags)
}

/** What outside can be asked for: README.md. @type {Record<string, (...args: string[]) => Promise<void>>} */
const commands = {
  plug: (link = '') => carry(link, 'up'),
  unplug: (link = '') => carry(link, 'down'),
  up: async (link = '', address = '', gateway = '') => {
    await carry(link, 'up')
    if (address !== '') await changeAddress('replace', link, address)
    if (gateway !== '') await setGateway(link, gateway)
  },
  address: async (action = '', link = '', address = '') => {
    if (action !== 'add' && action !== 'del') throw new Error('address add|del LINK ADDRESS/N')
    await changeAddress(action, link, address)
  },
  gateway: (link = '', gateway = '') => setGateway(link, gateway),
  link: async (action, link = '') => {
    if (action === 'add') await addLink(link)
    else if (action === 'del') await ip('link', 'del', link)
    else throw new Error('link add|del LINK')
  },
  // Does not create them again: Wine finds addresses by the name of a link, and takes the first link that ever had it.
  reset: async () => {
    const shown = await ip('-o', 'link', 'show', 'type', 'veth')
    const there = [...shown.matchAll(/^\d+: ([^:@]+)/gm)].map(([, link = '']) => link)
    for (const link of there) {
      if (!LINKS.includes(link)) await ip('link', 'del', link)
      else await carry(link, 'down').then(() => ip('address', 'flush', 'dev', link))
    }
    for (const link of LINKS) if (!there.includes(link)) await addLink(link)
  },
}

/** Carries out one line. @param {string} line */
export async function carryOut(line) {
  const [name = '', ...args] = line.trim().split(/\s+/)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new Error(`no command ${name}`)
  await command(...args)
}
