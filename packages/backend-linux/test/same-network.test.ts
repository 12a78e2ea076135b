import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { busPlace } from '../src/bus/bus-address.js'
import { Mirror } from '../src/mirror.js'
import { devicesOf, interfacesHere, isSameNetwork } from '../src/same-network.js'
import { asSent } from './as-sent.js'
import { wiredDevice } from './captured.js'

const eth = { name: 'eth0', hardwareAddress: '02:00:00:00:00:0a' }
const wlan = { name: 'wlan0', hardwareAddress: '02:00:00:00:00:0b' }
const lo = { name: 'lo', hardwareAddress: '00:00:00:00:00:00' }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'roamkit-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

describe("whether NetworkManager's network is this process'", () => {
  it.each([
    ['its interfaces are all here', [eth, wlan], [lo, eth, wlan], true],
    ['there are more here than it knows', [eth], [lo, eth, wlan], true],
    [
      'an address differs for a moment, and another tells',
      [eth, { ...wlan, hardwareAddress: '' }],
      [eth, wlan],
      true,
    ],
    ['one of its interfaces is not here', [eth, wlan], [lo, eth], false],
    [
      "a container's eth0 is another one",
      [eth],
      [lo, { ...eth, hardwareAddress: '02:42:00:00:00:01' }],
      false,
    ],
    ['it has nothing that could tell', [], [lo, eth], false],
    ['loopback tells nothing', [lo], [lo], false],
    ['no address can be read here', [eth], [{ ...eth, hardwareAddress: '' }], false],
    ['neither has an address', [{ ...eth, hardwareAddress: '' }], [{ ...eth, hardwareAddress: '' }], false],
  ])('%s', (_, theirs, ours, isSame) => {
    expect(isSameNetwork(theirs, ours)).toBe(isSame)
  })

  it('is told by its wired and wireless devices that exist', () => {
    const mirror = new Mirror()
    mirror.fill(asSent({ ...wiredDevice(1, 'eth0'), ...wiredDevice(2, 'planned', { Real: false }) }))
    mirror.fill(asSent({ '/modem': { 'org.freedesktop.NetworkManager.Device': { Interface: 'ttyUSB0' } } }))
    expect(devicesOf(mirror)).toEqual([{ name: 'eth0', hardwareAddress: '02:00:00:00:00:0a' }])
  })

  it('reads names from /proc and addresses from /sys', () => {
    const root = folder()
    mkdirSync(join(root, 'net'))
    writeFileSync(join(root, 'net/dev'), 'Inter-|   Receive\n face |bytes\n    lo: 1 2\n  eth0:12 3\n')
    mkdirSync(join(root, 'class/net/eth0'), { recursive: true })
    writeFileSync(join(root, 'class/net/eth0/address'), '02:00:00:00:00:0A\n')
    expect(interfacesHere(root, root)).toEqual([{ name: 'lo', hardwareAddress: '' }, eth])
    expect(interfacesHere('/nowhere', '/nowhere')).toEqual([])
  })
})

describe("the bus' place", () => {
  it('is the same however its address is written', () => {
    const root = realpathSync(folder())
    writeFileSync(join(root, 'bus'), '')
    symlinkSync(root, join(root, 'link'))
    const place = join(root, 'bus')
    expect(busPlace(`unix:path=${place}`)).toBe(place)
    expect(busPlace(`unix:path=/nowhere/at/all;unix:path=${root}/link/bus,guid=0123`)).toBe(place)
    expect(busPlace('tcp:host=localhost,port=1')).toBe('tcp:host=localhost,port=1')
  })
})
