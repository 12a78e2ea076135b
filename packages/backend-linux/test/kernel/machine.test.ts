import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { deviceType } from '../../src/kernel/machine.js'
import { bootId } from '../../src/kernel-files.js'

/** A folder that looks like /sys, with one interface. */
function sysWith(
  name: string,
  files: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
): string {
  const sys = mkdtempSync(join(tmpdir(), 'sys-'))
  onTestFinished(() => rmSync(sys, { recursive: true }))
  const folder = join(sys, 'class/net', name)
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  for (const part of folders) mkdirSync(join(folder, part))
  return sys
}

it.each(['wireless', 'phy80211'])('T4: an interface with the part %s is Wi-Fi, whatever its name', (part) => {
  const sys = sysWith('lan7', { ifindex: '7\n', uevent: 'INTERFACE=lan7\nIFINDEX=7\n' }, [part])
  expect(deviceType(sys, { name: 'lan7', index: 7 })).toBe('wlan')
})

it('T4: a modem is known by the type of its device', () => {
  const sys = sysWith('wwan0', { ifindex: '7\n', uevent: 'DEVTYPE=wwan\nINTERFACE=wwan0\n' })
  expect(deviceType(sys, { name: 'wwan0', index: 7 })).toBe('wwan')
})

it.each([
  ['another interface of that name, in another namespace', 'eth0', 8],
  ['no such interface', 'eth1', 7],
  ['a name that leads elsewhere', '../../etc', 7],
])('reads nothing of %s', (_, name, index) => {
  const sys = sysWith('eth0', { ifindex: '7\n', uevent: 'DEVTYPE=wlan\n' }, ['wireless'])
  expect(deviceType(sys, { name, index })).toBeNull()
})

it('gives the run of the machine a name that stays', () => {
  expect(bootId()).toMatch(/^[0-9a-f]{8}$/)
  expect(bootId()).toBe(bootId())
})
