import { describe, expect, it } from 'vitest'
import { type Arrived, type Lab, runFlow } from './lab.js'

const session = (more: object = {}) => ({
  ...{ type: 'roamkit-session', configuration: 'cafe', autoOpen: true, ask: false },
  ...more,
})

/** What the machine itself says of a link. */
const link = (lab: Lab, id: string) =>
  lab.world.snapshot().configurations.find((configuration) => configuration.id === id)?.link

const states = (messages: readonly Arrived[]) => messages.map(({ payload }) => payload.state)

describe('the session node', () => {
  it('opens its session when it is deployed, and sends what becomes of it', async () => {
    const lab = await runFlow([session()])
    await lab.advance(100)
    const messages = lab.take()
    expect(states(messages)).toEqual(['disconnected', 'connecting', 'connected'])
    expect(messages.every(({ topic }) => topic === 'session')).toBe(true)
    expect(messages.at(-1)?.payload).toMatchObject({
      isOpen: true,
      isConnected: true,
      activeConfiguration: 'cafe',
      configuration: { name: 'Café' },
    })
    expect(link(lab, 'cafe')).toBe('up')
    expect(lab.badge()).toMatchObject({ fill: 'green', shape: 'dot', text: 'connected: Café' })
  })

  it('sends plain data that a flow may write into', async () => {
    const lab = await runFlow([session()])
    await lab.advance(100)
    const payload = lab.take().at(-1)?.payload
    expect(JSON.parse(JSON.stringify(payload))).toEqual(payload)
    expect(Object.getPrototypeOf(payload.configuration)).toBe(Object.prototype)
    expect(() => payload.interface.addresses.push('mine')).not.toThrow()
  })

  it('only watches until it is told to open', async () => {
    const lab = await runFlow([session({ autoOpen: false })])
    await lab.advance(1000)
    expect(states(lab.take())).toEqual(['disconnected'])
    expect(lab.badge()).toMatchObject({ fill: 'grey', text: 'closed: Café' })
    lab.world.up('cafe')
    await lab.advance(0)
    expect(lab.take().at(-1)?.payload).toMatchObject({ state: 'connected', isOpen: false })
    expect(lab.badge()).toMatchObject({ fill: 'grey', text: 'closed: Café' })
  })

  it.each([
    ['payload', { payload: 'open' }, { payload: 'close' }],
    ['topic', { payload: 1_700_000_000_000, topic: 'open' }, { topic: 'close' }],
  ])('opens and closes at a command in the %s', async (_, open, close) => {
    const lab = await runFlow([session({ autoOpen: false })])
    await lab.send(open)
    await lab.advance(100)
    expect(link(lab, 'cafe')).toBe('up')
    await lab.send(close)
    await lab.advance(100)
    expect(link(lab, 'cafe')).toBe('down')
    expect(lab.take().map(({ payload }) => [payload.state, payload.isOpen])).toEqual([
      ...[
        ['disconnected', false],
        ['connecting', false],
        ['connected', true],
      ],
      ...[
        ['connected', false],
        ['closing', false],
        ['disconnected', false],
      ],
    ])
    expect(lab.complaints()).toEqual([])
  })

  it('reports a message without a command as an error, and does nothing', async () => {
    const lab = await runFlow([session({ autoOpen: false })])
    for (const message of [{ payload: 'toString', topic: '' }, {}, { payload: null }]) await lab.send(message)
    const usage = 'msg.payload or msg.topic must be one of open, close, migrate, ignore, accept, reject'
    expect(lab.complaints()).toEqual([usage, usage, usage])
    expect(lab.take()).toHaveLength(1)
  })

  it('takes the name of a configuration, and waits for one that does not exist yet', async () => {
    const lab = await runFlow([session({ configuration: 'Guest' })])
    await lab.advance(1000)
    expect(lab.badge()).toMatchObject({ fill: 'grey', text: 'not there: Guest' })
    lab.world.add({ id: 'guest', name: 'Guest' })
    await lab.advance(100)
    expect(link(lab, 'guest')).toBe('up')
    expect(lab.badge()?.text).toBe('connected: Guest')
  })

  it('waits for a configuration that a command needs, and the last command counts', async () => {
    const lab = await runFlow([session({ configuration: 'Guest', autoOpen: false })])
    await lab.send({ payload: 'open' })
    await lab.send({ payload: 'close' })
    lab.world.add({ id: 'guest', name: 'Guest' })
    await lab.advance(1000)
    expect(link(lab, 'guest')).toBe('down')
    expect(lab.complaints()).toEqual([])
  })

  it('keeps its link: after a loss it opens again', async () => {
    const lab = await runFlow([session()])
    await lab.advance(100)
    lab.world.setInRange('cafe', false)
    lab.world.down('cafe', 'outOfRange')
    await lab.advance(60_000)
    expect(lab.badge()).toMatchObject({ fill: 'red', text: 'waiting: Café' })
    expect(lab.complaints().length).toBeGreaterThan(0)
    lab.world.setInRange('cafe', true)
    await lab.advance(60_000)
    expect(link(lab, 'cafe')).toBe('up')
    expect(lab.badge()?.text).toBe('connected: Café')
  })

  it('warns of an error in a form that does nothing to a terminal', async () => {
    const lab = await runFlow([session({ configuration: 'a' })], {
      configurations: [{ id: 'a', name: '\u001b[2J' }],
    })
    await lab.advance(100)
    lab.world.down('a', 'deviceGone')
    await lab.advance(10_000)
    const complaints = lab.complaints()
    expect(complaints.join()).toContain('\\u{1b}[2J')
    expect(complaints.join()).not.toContain('\u001b')
  })

  it('gives up an opening at a close, and neither is an error', async () => {
    const lab = await runFlow([session({ autoOpen: false })])
    lab.world.stall('cafe')
    await lab.send({ payload: 'open' })
    await lab.advance(1000)
    expect(lab.badge()).toMatchObject({ fill: 'yellow', text: 'connecting: Café' })
    await lab.send({ payload: 'close' })
    await lab.advance(1000)
    expect(link(lab, 'cafe')).toBe('down')
    expect(lab.badge()?.text).toBe('closed: Café')
    expect(lab.complaints()).toEqual([])
  })

  it('leaves a link up that another session node of the flow holds', async () => {
    const lab = await runFlow([session(), session()])
    await lab.advance(100)
    await lab.send({ payload: 'close' })
    await lab.advance(100)
    expect(link(lab, 'cafe')).toBe('up')
    expect(lab.badge('tested2')?.text).toBe('connected: Café')
  })

  it('says so if it has no manager, and reports commands as errors', async () => {
    const lab = await runFlow([session({ manager: 'none' })])
    expect(lab.badge()).toMatchObject({ fill: 'red', text: 'no manager' })
    await lab.send({ payload: 'open' })
    expect(lab.complaints()).toEqual(['no manager'])
  })
})

describe('the end of a session node', () => {
  it('takes down what the session brought up, and leaves nothing behind', async () => {
    const lab = await runFlow([session()])
    await lab.advance(100)
    await lab.stop()
    expect(link(lab, 'cafe')).toBe('down')
  })

  it('leaves a link up that was up before', async () => {
    const lab = await runFlow([session({ configuration: 'desk' })])
    await lab.advance(100)
    expect(lab.badge()?.text).toBe('connected: Desk')
    await lab.stop()
    expect(link(lab, 'desk')).toBe('up')
  })

  it('takes back an opening that is under way, without an error', async () => {
    const lab = await runFlow([session({ autoOpen: false })])
    lab.world.stall('cafe')
    await lab.send({ payload: 'open' })
    await lab.advance(100)
    expect(link(lab, 'cafe')).toBe('activating')
    await lab.stop()
    expect(link(lab, 'cafe')).toBe('down')
    expect(lab.complaints()).toEqual([])
  })

  it('leaves nothing behind if its configuration never appeared', async () => {
    const lab = await runFlow([session({ configuration: 'Guest' })])
    await lab.send({ payload: 'open' })
    await lab.stop()
    expect(lab.complaints()).toEqual([])
  })

  it('comes before its new life when it is deployed again, while the manager goes on', async () => {
    const lab = await runFlow([session()])
    await lab.advance(100)
    lab.take()
    await lab.deploy(session({ configuration: 'phone' }))
    await lab.advance(100)
    expect([link(lab, 'cafe'), link(lab, 'phone'), lab.world.open]).toEqual(['down', 'up', 1])
    expect(states(lab.take())).toEqual(['disconnected', 'connecting', 'connected'])
    expect(lab.badge()?.text).toBe('connected: Phone')
  })
})

describe('the session node on all uplinks', () => {
  const uplinks = (more: object = {}) => session({ configuration: '', ...more })

  it('roams on its own unless it is to ask', async () => {
    const lab = await runFlow([uplinks()])
    await lab.advance(100)
    expect(lab.badge()?.text).toBe('connected: Desk')
    lab.world.carrier('desk', false)
    await lab.advance(100)
    expect(lab.badge()?.text).toBe('connected: Café')
    expect(lab.take().at(-1)?.payload).toMatchObject({ activeConfiguration: 'cafe', isConnected: true })
    expect(lab.take(1)).toEqual([])
  })

  /** It uses the phone, and the desk becomes available. */
  async function offered() {
    const lab = await runFlow([uplinks({ ask: true })], {
      configurations: [
        { id: 'desk', name: 'Desk', inRange: false },
        { id: 'phone', name: 'Phone', bearer: 'lte', link: 'up' },
      ],
    })
    await lab.advance(100)
    expect(lab.badge()?.text).toBe('connected: Phone')
    lab.world.setInRange('desk', true)
    await lab.advance(1000)
    const [offer, ...more] = lab.take(1)
    expect(more).toEqual([])
    return { lab, offer }
  }

  it('sends an offer, then a trial, and moves when both are answered', async () => {
    const { lab, offer } = await offered()
    expect(offer).toMatchObject({
      topic: 'offer',
      payload: { id: expect.any(Number), configuration: { name: 'Desk' }, isSeamless: false },
    })
    await lab.send({ payload: 'migrate' })
    await lab.advance(100)
    const [trial] = lab.take(1)
    expect(trial).toMatchObject({
      topic: 'trial',
      payload: { configuration: { name: 'Desk' }, from: { name: 'Phone' }, remaining: 30_000 },
    })
    expect(JSON.parse(JSON.stringify(trial?.payload))).toEqual(trial?.payload)
    expect(lab.badge()).toMatchObject({ fill: 'yellow' })
    await lab.send({ payload: 'accept' })
    await lab.advance(100)
    expect(lab.badge()?.text).toBe('connected: Desk')
    expect(lab.complaints()).toEqual([])
  })

  it('answers exactly the offer and the trial that come back as the payload', async () => {
    const { lab, offer } = await offered()
    await lab.send({ payload: { ...offer?.payload, id: offer?.payload.id + 1000 }, topic: 'migrate' })
    expect(lab.complaints()).toEqual(['migrate had no effect'])
    await lab.send({ ...offer, topic: 'migrate' })
    await lab.advance(100)
    const [trial] = lab.take(1)
    await lab.send({ ...trial, topic: 'reject' })
    await lab.advance(100)
    expect(lab.badge()?.text).toBe('connected: Phone')
    expect(lab.complaints()).toEqual([])
  })

  it('stays where it is when an offer is ignored', async () => {
    const { lab } = await offered()
    await lab.send({ payload: 'ignore' })
    await lab.advance(1000)
    expect(lab.badge()?.text).toBe('connected: Phone')
    expect(lab.complaints()).toEqual([])
  })

  it.each(['migrate', 'ignore', 'accept', 'reject'])('warns if there is nothing to %s', async (payload) => {
    const lab = await runFlow([uplinks()])
    await lab.send({ payload })
    expect(lab.complaints()).toEqual([`${payload} had no effect`])
  })
})
