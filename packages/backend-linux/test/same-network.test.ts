import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Epoch } from '../src/networkmanager/epoch.js'
import { NetworkCertainty } from '../src/networkmanager/network-certainty.js'
import { Mirror } from '../src/networkmanager/objects/mirror.js'
import {
  devicesOf,
  hasThisNamespace,
  isSameNetwork,
  readInterfaces,
} from '../src/networkmanager/same-network.js'
import { asSent } from './as-sent.js'
import { type Objects, wiredDevice } from './captured.js'

const eth = { name: 'eth0', hardwareAddress: '02:00:00:00:00:0a', isPassing: false }
const wlan = { name: 'wlan0', hardwareAddress: '02:00:00:00:00:0b', isPassing: false }
const veth = { name: 'veth77', hardwareAddress: '02:00:00:00:00:0c', isPassing: true }
const lo = { name: 'lo', hardwareAddress: null, isPassing: false }

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'roamkit-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** What is here, by name. */
function here(...seen: readonly { readonly name: string; readonly hardwareAddress: string | null }[]) {
  return new Map(seen.map(({ name, hardwareAddress }) => [name, hardwareAddress]))
}

const mirrorOf = (objects: Objects) => {
  const mirror = new Mirror()
  mirror.fill(asSent(objects))
  return mirror
}

describe("whether NetworkManager's network is this process' (H3)", () => {
  it.each([
    ['its interfaces are all here', [eth, wlan], [lo, eth, wlan], true],
    ['there are more here than it knows', [eth], [lo, eth, wlan], true],
    [
      'an address is not told, and another tells',
      [eth, { ...wlan, hardwareAddress: null }],
      [eth, wlan],
      true,
    ],
    ['one of its interfaces that stay is not here', [eth, wlan], [lo, eth], false],
    ["a container's veth is gone before it says so", [eth, veth], [lo, eth], true],
    ['nothing but veths, of which one is gone', [veth, { ...veth, name: 'veth78' }], [lo, veth], true],
    ['nothing but veths, none of which is here', [veth], [lo, eth], false],
    [
      "a container's eth0 is another one",
      [eth],
      [lo, { ...eth, hardwareAddress: '02:42:00:00:00:01' }],
      false,
    ],
    ['no adapter is plugged in yet', [], [lo], false],
    ['it has nothing to compare', [], [lo, eth], false],
    ['the loopback shows nothing', [lo], [lo], false],
    ['no address can be read here', [eth], [{ ...eth, hardwareAddress: null }], false],
    ['nothing can be read here, as without descriptors', [eth], [], false],
  ])('%s', (_, theirs, ours, isSame) => {
    expect(isSameNetwork(theirs, here(...ours))).toBe(isSame)
  })

  it('is recognized by its wired and wireless devices that exist', () => {
    const mirror = mirrorOf({ ...wiredDevice(1, 'eth0'), ...wiredDevice(2, 'planned', { Real: false }) })
    mirror.fill(asSent({ '/modem': { 'org.freedesktop.NetworkManager.Device': { Interface: 'ttyUSB0' } } }))
    expect(devicesOf(mirror)).toEqual([{ ...eth, isPassing: true }])
  })

  it('reads names with other letters, and with bars, from /proc/self and addresses from /sys (T6)', () => {
    const root = folder()
    mkdirSync(join(root, 'self/net'), { recursive: true })
    const table =
      'Inter-|   Receive  |  Transmit\n face |bytes: packets|\n    lo: 1 2\n büro0:12 3\n  a|b: 4\n'
    writeFileSync(join(root, 'self/net/dev'), table)
    mkdirSync(join(root, 'class/net/büro0'), { recursive: true })
    writeFileSync(join(root, 'class/net/büro0/address'), '02:00:00:00:00:0A\n')
    expect(readInterfaces(root, root)).toEqual(
      new Map([
        ['lo', null],
        ['büro0', '02:00:00:00:00:0a'],
        ['a|b', null],
      ]),
    )
    expect(readInterfaces('/nowhere', '/nowhere')).toEqual(new Map())
  })

  it('needs no more of /proc than a process sees of itself', () => {
    const names = [...readInterfaces('/nowhere').keys()]
    expect(names).toContain('lo')
    expect(names).toEqual(expect.arrayContaining(Object.keys(networkInterfaces())))
  })
})

describe("NetworkManager's process", () => {
  const proc = (comm: string, namespace: string) => {
    const root = folder()
    for (const [of, at] of [
      ['self', 'net:[1]'],
      ['77', namespace],
    ] as const) {
      mkdirSync(join(root, of, 'ns'), { recursive: true })
      symlinkSync(at, join(root, of, 'ns/net'))
      writeFileSync(join(root, of, 'comm'), `${comm}\n`)
    }
    return root
  }
  it.each([
    ['in this namespace', 'NetworkManager', 'net:[1]', true],
    ['in another one', 'NetworkManager', 'net:[2]', false],
    ['whose number is another process here', 'bash', 'net:[1]', null],
  ])('%s', (_, comm, namespace, expected) => {
    expect(hasThisNamespace(77, proc(comm, namespace))).toBe(expected)
  })

  it('that cannot be read shows nothing', () => {
    expect([hasThisNamespace(null), hasThisNamespace(78, proc('NetworkManager', 'net:[1]'))]).toEqual([
      null,
      null,
    ])
  })
})

describe('certainty (H3)', () => {
  const namespace = readlinkSync('/proc/self/ns/net')
  /** A folder of /proc in which this process has one interface, and NetworkManager is not seen. */
  const machine = () => {
    const root = folder()
    mkdirSync(join(root, 'self/net'), { recursive: true })
    mkdirSync(join(root, 'class/net/usb7'), { recursive: true })
    const plug = () => {
      writeFileSync(join(root, 'self/net/dev'), 'x\ny\nusb7: 1\n')
      writeFileSync(join(root, 'class/net/usb7/address'), '02:00:00:00:00:0a\n')
    }
    return { root, plug }
  }
  const life = () => ({ servicePid: null, mirror: mirrorOf(wiredDevice(1, 'usb7')) }) as unknown as Epoch

  it('is asked again at each command until it is there, and kept for that NetworkManager', () => {
    const { root, plug } = machine()
    let epoch: Epoch | null = life()
    const log: string[] = []
    const certainty = new NetworkCertainty({
      epoch: () => epoch,
      sys: root,
      proc: root,
      log: (event) => log.push(event),
    })
    expect([certainty.isCertain(), certainty.isCertain()]).toEqual([false, false])
    expect(log).toEqual(["holders: this process might not share NetworkManager's network"])
    plug()
    expect(certainty.isCertain()).toBe(true)
    rmSync(join(root, 'self/net/dev'))
    expect(certainty.isCertain()).toBe(true)
    epoch = null
    expect(certainty.isCertain()).toBe(true)
    epoch = life()
    expect(certainty.isCertain()).toBe(false)
    expect(log).toHaveLength(2)
    expect(namespace).toMatch(/^net:/)
  })
})
