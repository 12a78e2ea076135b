import assert from 'node:assert/strict'
import type { Activate, World } from '@roamkit/core/contract'
import type { Live } from '../test-bed/live.js'
import { neverAborted, request, track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Loss and return of the daemon or bus. */
export const serviceLaws: readonly Law[] = [
  law({
    id: 'service-lost-shown',
    says: 'a lost service is shown as lost and, when it returns, as ready, each with a call of host.changed() (S14)',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      for (const [service, control] of [
        ['lost', testBed.controls.loseService],
        ['ready', testBed.controls.restoreService],
      ] as const) {
        await control()
        await testBed.waitForService(live, service)
        await testBed.settle()
        const known = live.known.service
        assert.equal(
          known,
          service,
          `the service is ${service}, but at the last host.changed() it was ${known}`,
        )
      }
    },
  }),
  law({
    id: 'service-lost-keeps',
    says: 'while the service is lost, everything else stays as last known, including permissions (S14)',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      await testBed.ensureUpLink(live)
      await testBed.settle()
      const worlds = atEachPoke(live)
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      await testBed.settle()
      const lost = [...worlds.filter(({ service }) => service === 'lost'), live.world()]
      // A daemon that shuts down may take its links down first: the last state it reported is the one to keep.
      const before = worlds.findLast(({ service }) => service === 'ready') ?? live.world()
      const keys = (Object.keys(before) as (keyof World)[]).filter((key) => key !== 'service')
      for (const [world, key] of lost.flatMap((one) => keys.map((name) => [one, name] as const)))
        assert.deepEqual(world[key], before[key], `${key} changed while the service was lost`)
      await testBed.controls.restoreService()
    },
  }),
  law({
    id: 'service-lost-refuses',
    says: 'while the service is lost, every command rejects with ERR_SERVICE_LOST',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      const id = live.world().configurations[0]?.id ?? testBed.cannotRun('there is no configuration')
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      const { backend } = live
      const refused = (what: string, run: () => Promise<unknown>) =>
        testBed.expectRefusal(`${what} while the service is lost`, 'ERR_SERVICE_LOST', run)
      await refused('activate', () => backend.activate(id, request))
      await refused('deactivate', () => backend.deactivate(id, 'no such activation', neverAborted))
      await refused('scan', () => backend.scan(neverAborted))
      await refused('recheck', () => backend.recheck(id, neverAborted))
      if (backend.save) await refused('save', async () => backend.save?.(id, neverAborted))
      if (backend.forget) await refused('forget', async () => backend.forget?.(id, neverAborted))
      await testBed.controls.restoreService()
    },
  }),
  law({
    id: 'service-lost-settles',
    says: 'a pending call rejects with ERR_SERVICE_LOST when the service is lost',
    needs: ['stallAccept', 'loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.stallAccept(id)
      const waiting = track('activate', () => live.backend.activate(id, request))
      await testBed.settle()
      await testBed.controls.loseService()
      await testBed.waitUntil('activate settles when the service is lost', () => waiting.outcome !== null)
      const { reason } = { reason: null, ...waiting.outcome }
      const code = (reason as { code?: unknown } | null)?.code
      assert.equal(code, 'ERR_SERVICE_LOST', `activate rejected with ${code}, not with ERR_SERVICE_LOST`)
      await testBed.controls.restoreService()
    },
  }),
  law({
    id: 'service-lost-accounts',
    says: 'an activation in progress when the service is lost continues when it returns, or ended names it (S14)',
    needs: ['stallNext', 'loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.stallNext(id)
      const activation = await testBed.call('activate', () => live.backend.activate(id, request))
      await testBed.waitUntil('the link is activating', () => live.shown(id).link === 'activating')
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      await testBed.controls.restoreService()
      await testBed.waitForService(live, 'ready')
      await testBed.settle()
      const { activation: present, ended } = live.shown(id)
      assert.ok(
        present === activation || ended?.activation === activation,
        `${activation} is missing when the service is back, and ended is ${JSON.stringify(ended)}`,
      )
    },
  }),
  law({
    id: 'service-back-works',
    says: 'when the service is back, commands work again and the configurations are the same (S14)',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      const ids = live.world().configurations.map(({ id }) => id)
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      await testBed.controls.restoreService()
      await testBed.waitForService(live, 'ready')
      const after = live.world().configurations.map(({ id }) => id)
      assert.deepEqual(after, ids, 'the configurations changed while the service was lost')
      const id = ids[0] ?? testBed.cannotRun('there is no configuration')
      await testBed.call('deactivate', () => live.backend.deactivate(id, 'no such activation', neverAborted))
    },
  }),
  law({
    id: 'service-back-truth',
    says: 'when the service is back, the snapshot shows what changed in the meantime (S14)',
    needs: ['loseService', 'restoreService', 'setInRange'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      await testBed.controls.setInRange(id, false)
      await testBed.controls.restoreService()
      await testBed.waitForService(live, 'ready')
      await testBed.waitUntilShown(
        live,
        id,
        'is out of range, as it became in the meantime',
        ({ inRange }) => inRange === false,
      )
    },
  }),
  law({
    id: 'refusal-order',
    says: 'a command checks for a closed backend first, then for an aborted signal, then for an unknown configuration',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const commands = onUnknown(live)
      for (const [what, run] of commands)
        await testBed.expectAborted(`${what}, aborted and unknown,`, REASON, () => run(ABORTED))
      await testBed.dispose(live.backend)
      for (const [what, run] of commands)
        await testBed.expectRefusal(`${what}, closed and aborted,`, 'ERR_CLOSED', () => run(ABORTED))
    },
  }),
  law({
    id: 'refusal-order-lost',
    says: 'while the service is lost, a command checks for an aborted signal first, then for the lost service, then for an unknown configuration',
    needs: ['loseService', 'restoreService'],
    async run(testBed) {
      const live = await testBed.open()
      await testBed.controls.loseService()
      await testBed.waitForService(live, 'lost')
      for (const [what, run] of onUnknown(live)) {
        await testBed.expectAborted(`${what}, aborted and lost,`, REASON, () => run(ABORTED))
        await testBed.expectRefusal(`${what}, lost and unknown,`, 'ERR_SERVICE_LOST', () => run(request))
      }
      await testBed.controls.restoreService()
    },
  }),
]

const REASON = new Error('changed my mind')
const ABORTED: Activate = { signal: AbortSignal.abort(REASON), secret: null }

/** The commands that name a configuration, called with an unknown one. */
function onUnknown({ backend }: Live) {
  const unknown = 'no such configuration'
  return [
    ['activate', (call: Activate): Promise<unknown> => backend.activate(unknown, call)],
    ['deactivate', (call: Activate): Promise<unknown> => backend.deactivate(unknown, 'none', call)],
    ['recheck', (call: Activate): Promise<unknown> => backend.recheck(unknown, call)],
    ...(['save', 'forget'] as const)
      .filter((name) => backend[name] !== undefined)
      .map(
        (name) => [name, async (call: Activate): Promise<unknown> => backend[name]?.(unknown, call)] as const,
      ),
  ] as const
}

/**
 * The snapshots from now on, each read inside host.changed(). Includes those that are replaced within the same turn of the event loop.
 */
function atEachPoke(live: Live): World[] {
  const worlds = [live.world()]
  live.host.watch = () => {
    worlds.push(live.backend.snapshot())
  }
  return worlds
}
