import type { Backend, BackendHost, Driver, World } from '@roamkit/core/contract'
import { describe, expect, it } from 'vitest'
import { mock, VirtualClock } from '../src/index.js'
import { parseTrace, recorded } from '../src/trace/index.js'

const call = { signal: new AbortController().signal, secret: null }

/** A host whose functions are on its prototype. */
class Host implements BackendHost {
  readonly clock = new VirtualClock()
  changes = 0
  changed(): void {
    this.changes += 1
  }
  log(): void {}
}

/** A driver of the mock whose backend is changed. */
function changed(
  change: (backend: Backend) => Partial<Backend>,
  configurations: readonly object[] = [],
): Driver {
  const inner = mock({ configurations: [{ id: 'desk' }, ...configurations] as never })
  return {
    ...inner,
    contract: 1,
    name: 'mock',
    async open(host, call) {
      const backend = await inner.open(host, call)
      return Object.assign(Object.create(backend), change(backend))
    },
  }
}

describe('recorded()', () => {
  it('passes on a host as it is', async () => {
    const host = new Host()
    const driver: Driver = {
      contract: 1,
      name: 'odd',
      open: async (given, call) => {
        given.changed()
        return await mock({}).open(host, call)
      },
    }
    await recorded(driver, () => {}).open(host, call)
    expect(host.changes).toBe(1)
  })

  it('lets a backend whose snapshot cannot be read or written do what it does without it', async () => {
    const lines: string[] = []
    let isBroken = true
    const driver = changed((backend) => ({
      holders: null,
      snapshot: () => {
        if (isBroken) throw new Error('broken')
        return backend.snapshot()
      },
      scan: async () => undefined,
      [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
    }))
    const recording = recorded(driver, (line) => lines.push(line))
    const backend = await recording.open(new Host(), call)
    expect(() => backend.snapshot()).toThrow('broken')
    await expect(backend.scan(call)).resolves.toBeUndefined()
    recording.note(1, 'desk', { does: 'open' })
    isBroken = false
    backend.snapshot()
    await backend[Symbol.asyncDispose]()
    expect(lines.join('\n')).not.toContain('desk')
  })

  it('records one backend, and refuses to open another', async () => {
    const lines: string[] = []
    const recording = recorded(mock({ configurations: [{ id: 'desk' }] }), (line) => lines.push(line))
    recording.note(1, 'desk', { does: 'open' })
    const first = await recording.open(new Host(), call)
    await expect(recording.open(new Host(), call)).rejects.toMatchObject({
      name: 'BackendError',
      code: 'ERR_NOT_SUPPORTED',
    })
    await first[Symbol.asyncDispose]()
    expect(parseTrace(`${lines.join('\n')}\n`).backend).toBe('mock')
  })

  it('can be opened again if the driver could not be opened', async () => {
    const inner = mock({})
    let attempts = 0
    const driver: Driver = {
      contract: 1,
      name: 'mock',
      open: async (host, call) => {
        attempts += 1
        if (attempts === 1) throw new Error('not yet')
        return await inner.open(host, call)
      },
    }
    const recording = recorded(driver, () => {})
    await expect(recording.open(new Host(), call)).rejects.toThrow('not yet')
    await expect(recording.open(new Host(), call)).resolves.toBeDefined()
  })

  it.each(['hidden', 'clear'] as const)(
    'writes only what the contract knows, so that it can be read again (%s)',
    async (names) => {
      const lines: string[] = []
      const driver = changed((backend) => ({
        holders: null,
        snapshot: (): World => {
          const world = backend.snapshot()
          const configurations = world.configurations.map((link) => ({
            ...link,
            password: 'correct horse',
            wifi: { ssid: 'Cafe', hidden: false, security: 'open', owner: 'Bob' } as never,
          }))
          return { ...world, owner: 'Bob', configurations } as World
        },
        scan: async () => {
          throw Object.assign(new Error('x'), { name: 'BackendError', code: 'correct horse' })
        },
      }))
      const backend = await recorded(driver, (line) => lines.push(line), { names }).open(new Host(), call)
      backend.snapshot()
      await backend.scan(call).catch(() => undefined)
      expect(parseTrace(`${lines.join('\n')}\n`).begin.configurations).toHaveLength(1)
      if (names === 'hidden') expect(lines.join('\n')).not.toMatch(/Bob|horse/)
      else expect(lines.join('\n')).not.toMatch(/horse/)
    },
  )

  it.each([
    ['wlan0', true],
    ['enp0s31f6', true],
    ['wlp2s0', true],
    ['eno1', true],
    ['eth0.100', true],
    ['tun0', true],
    ['wg0', true],
    ['cdc-wdm0', true],
    ['wlx0050b6a1b2c3', false],
    ['wg-berlin', false],
    ['Acme Corp VPN', false],
    ['müller', false],
    ['nordlynx7', false],
  ])('keeps the name of an interface only if every machine may have it: %s', async (name, isKept) => {
    const lines: string[] = []
    const facts = { hardwareAddress: null, mtu: 1500, index: 1, addresses: [], gateways: [], dns: [] }
    const driver = mock({
      configurations: [
        { id: 'x', link: 'up', device: name, interface: { ...facts, name, searchDomains: [] } },
      ] as never,
    })
    await recorded(driver, (line) => lines.push(line)).open(new Host(), call)
    const [link] = parseTrace(`${lines.join('\n')}\n`).begin.configurations
    expect([link?.device, link?.interface?.name]).toEqual(isKept ? [name, name] : ['device1', 'device1'])
  })

  it('replaces addresses that only begin like private ones, and more of them than fit into 16 bits', async () => {
    const lines: string[] = []
    const dns = [
      '10.0.0.1#dns.bob.example',
      '10.0.0.1',
      ...Array.from(
        { length: 70_000 },
        (_, n) => `2003::${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}`,
      ),
    ]
    const facts = { name: 'eth0', hardwareAddress: null, mtu: 1500, index: 1, addresses: [], gateways: [] }
    const driver = mock({
      configurations: [{ id: 'x', link: 'up', interface: { ...facts, dns, searchDomains: [] } }] as never,
    })
    await recorded(driver, (line) => lines.push(line)).open(new Host(), call)
    const shown = parseTrace(`${lines.join('\n')}\n`).begin.configurations[0]?.interface?.dns ?? []
    expect(shown[0]).toBe('198.18.0.1')
    expect(shown[1]).toBe('10.0.0.1')
    expect(shown.slice(2).every((one) => /^2001:db8:(:[0-9a-f]{1,4}){1,2}$/.test(one))).toBe(true)
    expect(new Set(shown).size).toBe(dns.length)
  })
})
