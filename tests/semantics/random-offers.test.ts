import { byOrder, type NetworkSession } from '@roamkit/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Action as AnyAction, control } from './actions.js'
import { type Lab, openLab } from './lab.js'

const CALLS = ['open', 'open', 'close', 'stop', 'migrate', 'accept', 'reject', 'ignore'] as const
/** What happens to links: nothing fails by itself, so that an offer that stands at the end can succeed. */
const WORLD_ACTIONS = [
  'up',
  'down',
  'activating',
  'deactivating',
  'carrier',
  'flap',
  'setInRange',
  'switch',
  'hide',
  'better',
  'remove',
  'add',
  'loseService',
  'restoreService',
  'wait',
  'wait',
  'waitLong',
] as const
type Action = AnyAction<(typeof CALLS)[number] | (typeof WORLD_ACTIONS)[number]>

/** Two devices with two links each, and a third one. */
const LINKS = ['a', 'b', 'c', 'x', 'y'] as const
const DEVICES = { a: 'eth0', b: 'wwan0', c: 'wwan0', x: 'wlan0', y: 'wlan0' } as const
const WORLD = LINKS.map((id) => ({
  id,
  device: DEVICES[id],
  link: id === 'a' ? ('up' as const) : ('down' as const),
}))
const ORDERS = [
  ['x', 'y', 'b', 'c', 'a'],
  ['y', 'c', 'x', 'a'],
] as const

const action = fc.record({
  what: fc.constantFrom(...CALLS, ...WORLD_ACTIONS),
  which: fc.nat({ max: 9 }),
  much: fc.nat({ max: 7 }),
})
/** What is in one list happens in one tick. */
const ticks = fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), {
  minLength: 4,
  maxLength: 20,
  size: 'max',
})

/** What became of the offers of one script. */
interface Played {
  readonly wrong: readonly string[]
  /** How many stood at the end, and were taken. */
  readonly taken: number
}

/** Why nobody could roam to a link now, whatever the system does; `null` where it can be done (rules H5, S14). */
function obstacle(
  { world }: Lab,
  sessions: readonly NetworkSession[],
  asking: NetworkSession,
  id: string,
): string | null {
  const { service, configurations } = world.snapshot()
  if (service === 'lost') return 'the service is away'
  const link = configurations.find((one) => one.id === id)
  if (link === undefined) return 'it is gone'
  if (link.link === 'up') return link.carrier === false ? 'it has no carrier' : null
  if (link.activate === 'no') return 'it is switched off'
  if (link.inRange === false && link.activate !== 'yes') return 'it is out of range'
  for (const rival of configurations) {
    if (rival.id === id || rival.device !== link.device || rival.link === 'down') continue
    const holders = sessions.filter((one) => one.isOpen && one.activeConfiguration === rival.id)
    if (holders.some((one) => one !== asking)) return `another session holds ${rival.id} on its device`
    if (!holders.includes(asking)) return `the system has ${rival.id} on its device`
  }
  return null
}

/** A script carried out against sessions that are asked before they roam. */
async function play(script: readonly (readonly Action[])[]): Promise<Played> {
  const wrong: string[] = []
  const lab = await openLab(WORLD, {
    // An offer after a loss waits as long as the script lasts.
    offerTimeout: 3_600_000,
    carrierGrace: 0,
    closes: 'byItself',
  })
  const { clock, world } = lab
  const managers = [lab.manager, await lab.another()]
  const asked: NetworkSession[] = []
  const others: NetworkSession[] = []
  for (const manager of managers) {
    for (const [index, order] of ORDERS.entries()) {
      const identifier = `net${index}`
      manager.defineServiceNetwork({ identifier, members: order, ranking: [byOrder(order)] })
      asked.push(manager.createSession(identifier))
    }
    for (const id of ['x', 'c', 'a']) others.push(manager.createSession(id))
  }
  const sessions = [...asked, ...others]
  for (const [index, session] of asked.entries()) {
    session.on('preferredConfigurationChanged', ({ identifier }) => {
      const why = obstacle(lab, sessions, session, identifier)
      if (why !== null) wrong.push(`session ${index} was offered ${identifier}, but ${why}`)
    })
  }

  function act({ what, which, much }: Action): void {
    const id = LINKS[which % LINKS.length] ?? 'a'
    const isThere = world.snapshot().configurations.some((link) => link.id === id)
    const session = sessions[which % sessions.length]
    switch (what) {
      case 'wait':
      case 'waitLong':
        return
      case 'loseService':
        return world.loseService()
      case 'restoreService':
        return world.restoreService()
      case 'add':
        if (!isThere && world.snapshot().service === 'ready') world.add({ id, device: DEVICES[id] })
        return
      case 'open':
      case 'close':
      case 'stop':
        session?.[what]().catch(() => {})
        return
      case 'migrate':
      case 'accept':
      case 'reject':
      case 'ignore':
        void asked[which % asked.length]?.[what]()
        return
      default:
        if (isThere) control(lab, id, { what, which, much })
    }
  }

  for (const session of asked.slice(0, 3)) void session.open()
  await clock.advance(100)
  for (const tick of script) {
    for (const one of tick) act(one)
    const last = tick.at(-1)
    if (last?.what === 'wait') await clock.advance(last.much * 10)
    else if (last?.what === 'waitLong') await clock.advance(last.much * 5000)
    else for (let microtasks = 0; microtasks < (last?.much ?? 0) * 2; microtasks += 1) await null
  }
  // What is under way comes to its end, and from here on nothing changes but by what is asked for.
  world.restoreService()
  for (const { id, link } of world.snapshot().configurations) {
    if (link === 'activating') world.up(id)
    if (link === 'deactivating') world.down(id)
  }
  await clock.advance(200_000)
  let taken = 0
  for (const [index, session] of asked.entries()) {
    const { offer } = session
    if (offer === null) continue
    const { identifier } = offer.configuration
    // Who else holds links is no event, and shows when it is tried (rule H5): an offer that was good may be good no longer.
    const why = obstacle(lab, sessions, session, identifier)
    if (why?.startsWith('another session')) continue
    const told = `session ${index} on ${session.activeConfiguration} with an offer of ${identifier}`
    if (why !== null) wrong.push(`${told}, but ${why}`)
    taken += 1
    // After a loss there is nothing to go back to (rule R8).
    const isLoss = session.state === 'roaming'
    const migrated = offer.migrate()
    await clock.advance(1000)
    if (session.trial?.configuration.identifier !== identifier)
      wrong.push(`${told}: no trial, but ${session.state}, ${session.error?.reason}`)
    const tookEffect = await Promise.race([migrated, clock.flush().then(() => 'pending')])
    if (tookEffect !== true) wrong.push(`${told}: migrate() came to ${tookEffect}`)
    void (isLoss || index % 2 === 0 ? session.accept() : session.reject())
    await clock.advance(1000)
    if (session.state !== 'connected') wrong.push(`${told}: ${session.state} after the verdict`)
  }
  await lab.close()
  return { wrong, taken }
}

const RUNS = Number(process.env.ROAMKIT_RUNS ?? 150)
/** The same scripts in every run of CI; others with ROAMKIT_SEED. */
const SEED = Number(process.env.ROAMKIT_SEED ?? 1)

describe('whatever happens to sessions that are asked before they roam', () => {
  it('only what can be brought up is offered, and an offer that is taken while nothing changes comes to a trial (R3, R5, R6, R11, H5)', async () => {
    console.log(`${RUNS} random scripts, ROAMKIT_SEED=${SEED}`)
    let taken = 0
    await fc.assert(
      fc.asyncProperty(ticks, async (script) => {
        const played = await play(script)
        taken += played.taken
        expect(played.wrong).toEqual([])
      }),
      { numRuns: RUNS, seed: SEED },
    )
    console.log(`${taken} offers were taken`)
    expect(taken).toBeGreaterThan(0)
  }, 3_600_000)
})
