// Runs inside a lab: scripts/test.mjs sees to it.
import { execFileSync } from 'node:child_process'
import { bus, carrier, environment, info, inside, nm, peer, portal, status } from '@roamkit/lab-linux'
import { beforeEach, expect, test } from 'vitest'

const nmcli = (...args: string[]) => execFileSync('nmcli', args, { encoding: 'utf8' }).trim()

beforeEach(async () => {
  await portal('full')
  for (const { link } of info().links) await carrier(link, 'up')
})

test('the environment leads to this lab', () => {
  expect(inside).toBe(true)
  expect({ ...process.env }).toMatchObject(environment)
  expect(info().links.map(({ device }) => device)).toEqual(['eth-a', 'eth-b', 'eth-c'])
})

test('the cable of one link can be pulled', async () => {
  await carrier('b', 'down')
  expect(nmcli('-g', 'GENERAL.DEVICE,WIRED-PROPERTIES.CARRIER', 'device', 'show', 'eth-c')).toBe('eth-c\non')
  await expect.poll(() => nmcli('-g', 'WIRED-PROPERTIES.CARRIER', 'device', 'show', 'eth-b')).toBe('off')
})

test.each([
  ['full', 'full'],
  ['portal', 'portal'],
  ['limited', 'limited'],
] as const)('a connectivity check through %s ends as %s', async (mode, connectivity) => {
  await portal(mode)
  expect(nmcli('networking', 'connectivity', 'check')).toBe(connectivity)
})

test('the Internet has as many bytes as one asks for', async () => {
  const response = await fetch(`${info().internet}/bytes/70000`)
  expect((await response.arrayBuffer()).byteLength).toBe(70_000)
})

test('the last link is metered by a guess', () => {
  nmcli('connection', 'up', 'lab-c')
  expect(nmcli('-g', 'GENERAL.METERED', 'device', 'show', 'eth-c')).toContain('yes (guessed)')
  nmcli('connection', 'down', 'lab-c')
})

test('NetworkManager is stopped, killed and started', async () => {
  const before = status().nm
  await nm.stop()
  expect(status().nm).toBeNull()
  await nm.start()
  await nm.kill()
  expect(status().nm).toBeNull()
  await nm.start({ carrierWait: 200 })
  expect(nmcli('-g', 'STARTUP', 'general', 'status')).toBe('started')
  expect(status().nm).not.toBe(before)
})

test('a paused NetworkManager does not answer until it is resumed', async () => {
  await nm.pause()
  expect(() => execFileSync('nmcli', ['general'], { timeout: 300, stdio: 'ignore' })).toThrow('ETIMEDOUT')
  await nm.resume()
  expect(nmcli('-g', 'RUNNING', 'general')).toBe('running')
})

test('the bus is killed and started', async () => {
  await bus.kill()
  expect(() => execFileSync('nmcli', ['general'], { stdio: 'ignore' })).toThrow()
  await bus.start()
  await nm.stop()
  await nm.start()
  expect(nmcli('-g', 'RUNNING', 'general')).toBe('running')
})

test('the peer is another network', async () => {
  expect(await peer('ip', ['-br', 'addr'])).toContain('203.0.113.1/32')
})
