import { describe, expect, it } from 'vitest'
import { runFlow } from './lab.js'

const status = (configuration = '') => ({ type: 'roamkit-status', configuration })

describe('the status node', () => {
  it('sends and shows what the network is like, as soon as it is deployed', async () => {
    const lab = await runFlow([status()])
    expect(lab.take()).toMatchObject([
      {
        topic: 'status',
        payload: {
          isOnline: true,
          isMetered: false,
          transportMedium: 'ethernet',
          defaultConfiguration: { identifier: 'desk', name: 'Desk', state: 'active' },
          configuration: null,
        },
      },
    ])
    expect(lab.badge()).toMatchObject({ fill: 'green', shape: 'dot', text: 'online: Desk' })
  })

  it('starts when all nodes of the flow are there, so that none misses the first message or badge', async () => {
    const lab = await runFlow([status(), { type: 'status', scope: null, wires: [['second']] }])
    expect(lab.take()).toHaveLength(1)
    expect(lab.take(1)).toMatchObject([{ status: { text: 'online: Desk' } }])
  })

  it('sends when the machine goes offline, and when it is online again', async () => {
    const lab = await runFlow([status()])
    lab.take()
    lab.world.carrier('desk', false)
    await lab.advance(0)
    expect(lab.take().map(({ payload }) => payload.isOnline)).toEqual([false])
    expect(lab.badge()).toMatchObject({ fill: 'red', shape: 'ring', text: 'offline' })
    lab.world.carrier('desk', true)
    await lab.advance(0)
    expect(lab.take().map(({ payload }) => payload.isOnline)).toEqual([true])
  })

  it('sends when another configuration becomes the default', async () => {
    const lab = await runFlow([status()])
    lab.world.up('phone')
    lab.take()
    lab.world.setDefault('phone')
    await lab.advance(0)
    expect(lab.take().at(-1)?.payload).toMatchObject({
      isMetered: true,
      defaultConfiguration: { name: 'Phone' },
    })
    expect(lab.badge()?.text).toBe('online: Phone')
  })

  it.each(['cafe', 'Café'])('watches the state of the configuration that %s names', async (name) => {
    const lab = await runFlow([status(name)])
    lab.world.up('cafe')
    await lab.advance(0)
    lab.world.remove('cafe')
    await lab.advance(0)
    const states = lab.take().map(({ payload }) => payload.configuration?.state)
    expect(states).toEqual(['discovered', 'active', undefined])
    expect(lab.badge()?.text).toBe(`${name}: undefined`)
  })

  it('sends when a configuration appears that is to be watched', async () => {
    const lab = await runFlow([status('guest')])
    lab.take()
    lab.world.add({ id: 'guest', name: 'Guest' })
    await lab.advance(0)
    expect(lab.take().map(({ payload }) => payload.configuration.state)).toEqual(['discovered'])
    expect(lab.badge()).toMatchObject({ fill: 'red', text: 'Guest: discovered' })
  })

  it('takes an identifier for an identifier, even if something else has it as its name', async () => {
    const lab = await runFlow([status('desk')], {
      configurations: [{ id: 'impostor', name: 'desk' }, { id: 'desk' }],
    })
    expect(lab.take()[0]?.payload.configuration.identifier).toBe('desk')
  })

  it('sends, and shows, that a configuration has another name', async () => {
    const lab = await runFlow([status(), status('cafe')])
    lab.take()
    lab.world.set('desk', { name: 'Bench' })
    await lab.advance(0)
    expect(lab.take().map(({ payload }) => payload.defaultConfiguration.name)).toEqual(['Bench', 'Bench'])
    expect(lab.badge()?.text).toBe('online: Bench')
    lab.world.set('cafe', { name: 'Bar' })
    await lab.advance(0)
    expect(lab.take().map(({ payload }) => payload.configuration.name)).toEqual(['Bar'])
    expect(lab.badge('tested2')?.text).toBe('Bar: discovered')
  })

  it('sends nothing if only the signal changes', async () => {
    const lab = await runFlow([status('cafe')])
    lab.world.up('cafe')
    await lab.advance(0)
    lab.take()
    lab.world.set('cafe', { signal: 20 })
    await lab.advance(0)
    expect(lab.take()).toEqual([])
  })

  it('shows that a login page is in the way', async () => {
    const lab = await runFlow([status()])
    lab.world.set('desk', { connectivity: 'portal' })
    await lab.advance(0)
    expect(lab.take().at(-1)?.payload.isBehindCaptivePortal).toBe(true)
    expect(lab.badge()).toMatchObject({ fill: 'yellow', text: 'login page: Desk' })
  })

  it('sends plain data that a flow may write into', async () => {
    const lab = await runFlow([status()])
    const [message] = lab.take()
    expect(Object.getPrototypeOf(message?.payload.defaultConfiguration)).toBe(Object.prototype)
    expect(() => Object.assign(message?.payload.defaultConfiguration, { name: 'mine' })).not.toThrow()
    expect(JSON.parse(JSON.stringify(message?.payload))).toEqual(message?.payload)
  })

  it('shows a name from outside in a form that is short and does nothing', async () => {
    const name = `\u001b[2J\u202e${'x'.repeat(100)}`
    const lab = await runFlow([status()], { configurations: [{ id: 'a', name, link: 'up' }] })
    expect(lab.badge()?.text).toMatch(/^online: \\u\{1b\}\[2J\\u\{202e\}x+…$/)
    expect(lab.badge()?.text?.length).toBeLessThan(50)
    expect(lab.take()[0]?.payload.defaultConfiguration.name).toBe(name)
  })

  it('says so if it has no manager', async () => {
    const lab = await runFlow([{ ...status(), manager: 'none' }])
    expect(lab.badge()).toMatchObject({ fill: 'red', shape: 'ring', text: 'no manager' })
    expect(lab.take()).toEqual([])
  })

  it('sends nothing after it was removed, while the manager stays', async () => {
    const other = { ...status(), wires: [] }
    const lab = await runFlow([other, status()])
    await lab.deploy(other)
    lab.take()
    lab.world.carrier('desk', false)
    await lab.advance(0)
    expect(lab.take()).toEqual([])
    expect(lab.badge()?.text).toBe('offline')
    expect(lab.world.open).toBe(1)
  })
})
