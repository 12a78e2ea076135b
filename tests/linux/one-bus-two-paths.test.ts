import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { FamilyMember, type FamilyWorld } from '../semantics/holders-family.js'
import { activeState, calm, nmcli, openHost, PROFILE, until } from './host.js'

const run = promisify(execFile)
const world: FamilyWorld = { kind: 'networkmanager', serve() {}, forget() {} }
const OTHER_PATH = '/run/bus-elsewhere'

beforeAll(calm)
afterAll(calm)

/** The lab's bus under another path, as in a container with the host's network. */
async function mountBus(): Promise<string> {
  mkdirSync(OTHER_PATH, { recursive: true })
  await run('mount', ['--bind', '/run/dbus', OTHER_PATH])
  onTestFinished(async () => {
    await run('umount', ['--lazy', OTHER_PATH])
  })
  return `unix:path=${OTHER_PATH}/system_bus_socket`
}

async function start(name: string, busAddress: string | null = null): Promise<FamilyMember> {
  const before = process.env.DBUS_SYSTEM_BUS_ADDRESS
  if (busAddress !== null) process.env.DBUS_SYSTEM_BUS_ADDRESS = busAddress
  try {
    const member = await FamilyMember.start(name, world)
    onTestFinished(() => member.kill())
    return member
  } finally {
    process.env.DBUS_SYSTEM_BUS_ADDRESS = before
  }
}

describe('one bus under two paths (H2, H3)', () => {
  it('is one scope: neither takes a link down that the other holds', async () => {
    const elsewhere = await mountBus()
    const [one, two] = [await start('one'), await start('two', elsewhere)]
    await one.order('open', PROFILE.b)
    await two.order('open', PROFILE.b)
    await one.order('close', PROFILE.b)
    expect(await activeState('lab-b')).toBe('activated')
    await two.order('close', PROFILE.b)
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
  })

  it('each sees the other as a holder', async () => {
    const elsewhere = await mountBus()
    const one = await start('one', elsewhere)
    const manager = await openHost()
    await one.order('open', PROFILE.b)
    expect(manager.holders(PROFILE.b)).toMatchObject([{ pid: one.process.pid, isSelf: false }])
    await one.leave()
    await until(async () => expect(await activeState('lab-b')).toBe('down'))
  })
})

it('30 managers are certain while container veths come and go', async () => {
  let isOver = false
  const churn = (async () => {
    for (let count = 0; !isOver && count < 2000; count += 1) {
      await run('ip', ['link', 'add', `veth${count}`, 'type', 'veth', 'peer', 'name', `peer${count}`])
      await run('ip', ['link', 'del', `veth${count}`])
    }
  })()
  try {
    for (let count = 0; count < 30; count += 1) {
      const manager = await openHost()
      expect(manager.capabilities.systemSessionSupport).toBe(true)
      await manager.close()
    }
  } finally {
    isOver = true
    await churn
  }
  await until(async () =>
    expect(await nmcli('--terse', '--fields', 'DEVICE', 'device')).not.toMatch(/veth\d/),
  )
}, 60_000)
