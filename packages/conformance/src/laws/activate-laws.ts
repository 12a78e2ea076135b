import assert from 'node:assert/strict'
import { neverAborted, request, track } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

/** Bringing links up. */
export const activateLaws: readonly Law[] = [
  law({
    id: 'activate-accepted',
    says: 'activate resolves to an activation id, the snapshot shows that id, and the link comes up (S3)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const activation = await testBed.call('activate', () => live.backend.activate(id, request))
      assert.ok(
        typeof activation === 'string' && activation !== '',
        'activate did not resolve to an activation id',
      )
      await testBed.waitUntil('the snapshot shows the activation that activate resolved to', () => {
        const shown = live.shown(id)
        return shown.activation === activation || shown.ended?.activation === activation
      })
      await testBed.waitUntilUp(live, id)
    },
  }),
  law({
    id: 'activate-does-not-wait',
    says: 'activate resolves as soon as the system has accepted the request, without waiting for the link',
    needs: ['stallNext'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.stallNext(id)
      const activation = await testBed.call('activate', () => live.backend.activate(id, request))
      await testBed.waitUntil('the link is activating', () => live.shown(id).link === 'activating')
      if (live.shown(id).deactivate === 'no') return
      await testBed.call('deactivate', () => live.backend.deactivate(id, activation, neverAborted))
      await testBed.waitUntilDown(live, id)
    },
  }),
  law({
    id: 'activate-up',
    says: 'activate on a link that is up resolves to its current activation and changes nothing (S2)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.bringUp(live, id)
      await testBed.settle()
      const { activation } = live.shown(id)
      const answer = await testBed.call('activate', () => live.backend.activate(id, request))
      assert.equal(answer, activation, `the link is up as ${activation}, and activate resolved to ${answer}`)
      await testBed.settle()
      const after = live.shown(id)
      assert.equal(after.link, 'up', 'activate on a link that is up took it down')
      assert.equal(after.activation, activation, 'activate on a link that is up started another activation')
    },
  }),
  law({
    id: 'activate-under-way',
    says: 'activate on a link that is coming up resolves to the same activation (H7)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const first = await testBed.call('activate', () => live.backend.activate(id, request))
      await testBed.waitUntil('the snapshot shows the activation', () => live.shown(id).link !== 'down')
      const second = await testBed.call('activate', () => live.backend.activate(id, request))
      assert.equal(second, first, `two calls for one activation resolved to ${first} and ${second}`)
      await testBed.waitUntilUp(live, id)
      assert.equal(live.shown(id).activation, first, 'the link came up under another activation')
    },
  }),
  law({
    id: 'activate-unknown',
    says: 'activate of an unknown configuration rejects with ERR_UNKNOWN_CONFIGURATION (E1)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      await testBed.expectRefusal('activate of an unknown id', 'ERR_UNKNOWN_CONFIGURATION', () =>
        backend.activate('no such configuration', request),
      )
    },
  }),
  law({
    id: 'activate-fails',
    says: 'when an accepted activation fails, the link goes down, and ended names the activation and the reason',
    needs: ['failNext'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.failNext(id)
      const activation = await testBed.call('activate', () => live.backend.activate(id, request))
      await testBed.waitUntil(
        `ended names ${activation}`,
        () => live.shown(id).ended?.activation === activation && live.shown(id).link === 'down',
      )
      const reason = live.shown(id).ended?.reason
      assert.notEqual(reason, 'requested', 'an activation failed, and ended gives the reason requested')
    },
  }),
  law({
    id: 'activate-denied',
    says: 'activate rejects with ERR_DENIED and changes nothing when the system refuses it (E1)',
    needs: ['refuseUp'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.refuseUp(id)
      await testBed.expectRefusal('activate', 'ERR_DENIED', () => live.backend.activate(id, request))
      await testBed.settle()
      assert.equal(live.shown(id).link, 'down', 'an activation was refused, and the link is not down')
    },
  }),
  law({
    id: 'activate-not-supported',
    says: 'if a configuration says activate "no", activate rejects with ERR_NOT_SUPPORTED or ERR_DENIED and changes nothing',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const found = live
        .world()
        .configurations.find(({ link, activate }) => link === 'down' && activate === 'no')
      const id = found?.id ?? testBed.cannotRun('no configuration is down and says activate "no"')
      await testBed.expectRefusal('activate', ['ERR_NOT_SUPPORTED', 'ERR_DENIED'], () =>
        live.backend.activate(id, request),
      )
      await testBed.settle()
      assert.equal(live.shown(id).link, 'down', 'a link that cannot be brought up is not down')
    },
  }),
  law({
    id: 'activate-displaces',
    says: 'bringing a link up on a device that is in use takes the other link down, with the reason deviceTaken (H5)',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const [one, other] = testBed.findRivals(live)
      const displaced = await testBed.bringUp(live, one)
      await testBed.bringUp(live, other)
      await testBed.waitUntilDown(live, one)
      const { ended } = live.shown(one)
      assert.equal(
        ended?.activation,
        displaced,
        `${displaced} was displaced, but ended names ${ended?.activation}`,
      )
      assert.equal(ended?.reason, 'deviceTaken', `a displaced link ended with the reason ${ended?.reason}`)
    },
  }),
  law({
    id: 'activate-aborted-before',
    says: 'activate with an aborted signal rejects with the abort reason and has no effect',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const reason = new Error('changed my mind')
      const signal = AbortSignal.abort(reason)
      await testBed.expectAborted('activate', reason, () =>
        live.backend.activate(id, { signal, secret: null }),
      )
      await testBed.settle()
      const { link } = live.shown(id)
      assert.equal(link, 'down', `activate was aborted before it began, and the link is ${link}`)
    },
  }),
  law({
    id: 'activate-aborted-waiting',
    says: 'aborting a waiting activate rejects it with the abort reason and undoes nothing: the system still carries it out',
    needs: ['stallAccept', 'release'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const abort = new AbortController()
      const reason = new Error('changed my mind')
      await testBed.controls.stallAccept(id)
      const waiting = track('activate', () =>
        live.backend.activate(id, { signal: abort.signal, secret: null }),
      )
      await testBed.settle()
      assert.equal(waiting.outcome, null, 'activate settled before the system answered')
      abort.abort(reason)
      await testBed.waitUntil('activate settles once its signal is aborted', () => waiting.outcome !== null)
      assert.deepEqual(waiting.outcome, { reason }, "activate did not reject with the signal's own reason")
      await testBed.controls.release(id)
      await testBed.waitUntilUp(live, id)
    },
  }),
  law({
    id: 'activate-aborted-after',
    says: 'aborting after activate has resolved has no effect: the link comes up and stays up',
    needs: [],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      const abort = new AbortController()
      const activation = await testBed.call('activate', () =>
        live.backend.activate(id, { signal: abort.signal, secret: null }),
      )
      abort.abort(new Error('changed my mind'))
      await testBed.waitUntilUp(live, id)
      await testBed.settle()
      const { link, activation: shown } = live.shown(id)
      assert.equal(link, 'up', `the signal was aborted after the call had settled, and the link is ${link}`)
      assert.equal(shown, activation, 'aborting changed the activation')
    },
  }),
  law({
    id: 'activate-no-deadline',
    says: 'activate waits for an answer until its caller aborts: a backend sets no deadline of its own',
    needs: ['stallAccept', 'release', 'time'],
    async run(testBed) {
      const live = await testBed.open()
      const id = testBed.findStartable(live)
      await testBed.controls.stallAccept(id)
      const waiting = track('activate', () => live.backend.activate(id, request))
      await testBed.pass(3_600_000)
      assert.equal(waiting.outcome, null, 'activate gave up within an hour, although it was not aborted')
      await testBed.controls.release(id)
      await testBed.waitUntil('activate settles', () => waiting.outcome !== null)
      await testBed.waitUntilUp(live, id)
    },
  }),
]
