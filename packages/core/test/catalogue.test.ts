import { describe, expect, it, onTestFinished } from 'vitest'
import { asyncDispose, type Backend, type LinkConfiguration, type World } from '../src/contract/index.js'
import {
  type ManagerEvents,
  type ManagerOptions,
  NetworkConfigurationManager,
  type ServiceNetworkDefinition,
} from '../src/index.js'
import { MANAGER_EVENTS } from '../src/manager-events.js'
import { DOWN_LINK } from './down-link.js'
import { ScriptedHolders } from './links/scripted-holders.js'

const LINK: LinkConfiguration = { ...DOWN_LINK, id: 'a', name: 'a', device: null }

const UP: LinkConfiguration = { ...LINK, link: 'up', carrier: true, activation: 'a-1' }

/** A manager on a backend that shows what it is told to, with all events of the manager as words. */
async function open(configurations: readonly LinkConfiguration[], options: ManagerOptions = {}) {
  let world: World = {
    service: 'ready',
    updates: 'events',
    scope: 'lab',
    scan: 'no',
    recheck: 'no',
    statistics: false,
    defaultId: null,
    power: 'awake',
    configurations,
  }
  let changed = () => {}
  const backend: Partial<Backend> = { snapshot: () => world, holders: null, async [asyncDispose]() {} }
  const manager = await NetworkConfigurationManager.open(
    {
      contract: 1,
      name: 'scripted',
      open: async (host) => {
        changed = () => host.changed()
        return backend as Backend
      },
    },
    options,
  )
  onTestFinished(() => manager.close())
  const told: string[] = []
  for (const name of Object.keys(MANAGER_EVENTS) as (keyof ManagerEvents)[])
    manager.on(name, (...values: readonly unknown[]) => {
      const [value] = values as readonly { readonly identifier?: string }[]
      told.push([name, value?.identifier].filter(Boolean).join(' '))
    })
  return {
    manager,
    told,
    /** The backend shows something else. */
    async shows(facts: Partial<World>) {
      world = { ...world, ...facts }
      changed()
      await settled()
    },
    /** The order of the children of a service network. */
    children: (network: string) =>
      manager.configurationFromIdentifier(network).children.map(({ identifier }) => identifier),
  }
}

/** Everything that is under way without time passing is done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await null
}

describe('the events of a manager', () => {
  it('are one when a service network is defined, and one when it is removed (M5)', async () => {
    const { manager, told } = await open([LINK])
    manager.defineServiceNetwork({ identifier: 'n', members: ['a'] })
    await settled()
    expect(told.splice(0)).toEqual(['configurationAdded n', 'defaultConfigurationChanged n'])
    manager.removeServiceNetwork('n')
    await settled()
    expect(told).toEqual(['configurationRemoved n', 'defaultConfigurationChanged a'])
  })

  it('are only about capabilities when holders of other processes are no longer counted for certain (H3)', async () => {
    const holders = new ScriptedHolders()
    holders.span = 'machine'
    const { manager, told, shows } = await open([LINK], { holders })
    expect(manager.capabilities.systemSessionSupport).toBe(true)
    holders.certainty = 'uncertain'
    await shows({})
    expect(told).toEqual(['capabilitiesChanged'])
    expect(manager.capabilities.systemSessionSupport).toBe(false)
  })

  it('have nothing of a configuration that came and went before it was seen', async () => {
    const { manager, told, shows } = await open([LINK])
    manager.setConnectTimeout('ghost', 1000)
    await shows({ configurations: [{ ...LINK }] })
    expect(told).toEqual([])
    expect(manager.configurationFromIdentifier('ghost').isValid).toBe(false)
  })
})

describe('an unknown configuration', () => {
  it('is no user choice, even if the user may choose (C7, M6)', async () => {
    const { manager } = await open([LINK], { chooser: async () => null })
    expect(manager.configurationFromIdentifier('nothing')).toMatchObject({ isValid: false, type: 'invalid' })
    expect(manager.configurationFromIdentifier('userChoice')).toMatchObject({
      isValid: true,
      type: 'userChoice',
    })
  })
})

describe('a definition of a service network', () => {
  it.each([[null], [42], [{}]])('names its members if they are %j', async (members) => {
    const { manager } = await open([LINK])
    const definition = { identifier: 'n', members } as unknown as ServiceNetworkDefinition
    expect(() => manager.defineServiceNetwork(definition)).toThrow(
      /the members of 'n' must be a predicate, a list of identifiers, or an object with bearers/,
    )
  })
})

describe('a child of a service network', () => {
  const wlan = (id: string, facts: Partial<LinkConfiguration>): LinkConfiguration => ({
    ...LINK,
    id,
    name: id,
    bearer: 'wlan',
    ...facts,
  })
  const up = (id: string, facts: Partial<LinkConfiguration>) =>
    wlan(id, { link: 'up', carrier: true, activation: `${id}-1`, ...facts })

  it('is not the system’s choice by being its default while it is down (M5)', async () => {
    const { manager, shows, children } = await open([LINK, { ...LINK, id: 'b', name: 'b' }])
    manager.defineServiceNetwork({
      identifier: 'n',
      members: ['a', 'b'],
      ranking: [{ name: 'system', rate: ({ isSystemsChoice }) => (isSystemsChoice ? 0 : 1) }],
    })
    await shows({ defaultId: 'b' })
    expect(children('n')).toEqual(['a', 'b'])
    await shows({ configurations: [LINK, { ...UP, id: 'b', name: 'b' }] })
    expect(children('n')).toEqual(['b', 'a'])
  })

  it('keeps the signal of the last scan while it is up and says none (M5)', async () => {
    const { manager, shows, children } = await open([wlan('a', { signal: 40 }), wlan('b', { signal: 60 })])
    const rated = new Map<string, number | null>()
    manager.defineServiceNetwork({
      identifier: 'n',
      members: ['a', 'b'],
      ranking: [
        {
          name: 'signal',
          rate: ({ configuration: { identifier }, signal }) => {
            rated.set(identifier, signal)
            return -(signal ?? 0)
          },
        },
      ],
    })
    await settled()
    expect(children('n')).toEqual(['b', 'a'])
    await shows({ configurations: [wlan('a', { signal: 40 }), up('b', { signal: null })] })
    expect(rated).toEqual(
      new Map([
        ['a', 40],
        ['b', 60],
      ]),
    )
  })

  it.each([
    ['is kept while the access point is the same', 'p1', 'p1', 70],
    ['is kept while the access point was unknown', null, 'p1', 70],
    ['is forgotten with the access point that it was of', 'p1', 'p2', 65],
  ])('has a signal that %s (M5)', async (_what, before, after, expected) => {
    const rated = new Map<string, number | null>()
    const { manager, shows } = await open([wlan('a', { signal: 70, point: before }), wlan('b', {})])
    manager.defineServiceNetwork({
      identifier: 'n',
      members: ['a', 'b'],
      ranking: [
        {
          name: 'signal',
          rate: ({ configuration: { identifier }, signal }) => {
            rated.set(identifier, signal)
            return 0
          },
        },
      ],
    })
    await settled()
    await shows({ configurations: [up('a', { signal: 65, point: after }), wlan('b', {})] })
    expect(rated.get('a')).toBe(expected)
  })
})
