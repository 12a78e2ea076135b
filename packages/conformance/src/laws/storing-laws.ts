import assert from 'node:assert/strict'
import type { Backend, Call } from '@roamkit/core/contract'
import type { Live } from '../test-bed/live.js'
import { neverAborted, type TestBed } from '../test-bed/test-bed.js'
import { type Law, law } from './law.js'

const COMMANDS = ['save', 'forget'] as const

/** Storing what the system knows, and deleting it. */
export const storingLaws: readonly Law[] = [
  law({
    id: 'storing-offered',
    says: 'if a configuration says save or forget, and not "no", the backend has that command (N6, N7)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const live = await testBed.open()
      for (const name of COMMANDS)
        for (const { id, [name]: permission = 'no' } of live.world().configurations)
          assert.ok(
            permission === 'no' || typeof live.backend[name] === 'function',
            `${id} says ${name} ${JSON.stringify(permission)}, and the backend has no ${name}`,
          )
    },
  }),
  law({
    id: 'storing-unknown',
    says: 'save and forget of an unknown configuration reject with ERR_UNKNOWN_CONFIGURATION (E1)',
    needs: [],
    touches: 'nothing',
    async run(testBed) {
      const { backend } = await testBed.open()
      for (const [name, run] of offered(testBed, backend))
        await testBed.expectRefusal(`${name} of an unknown id`, 'ERR_UNKNOWN_CONFIGURATION', () =>
          run('no such configuration', neverAborted),
        )
    },
  }),
  law({
    id: 'storing-aborted',
    says: 'save and forget with an aborted signal reject with the abort reason and have no effect',
    needs: ['add'],
    uses: ['unsaved'],
    async run(testBed) {
      const live = await testBed.open()
      const id = await addTo(testBed, live)
      const { unsaved } = testBed.controls
      const ids = { save: unsaved ? await unsavedIn(testBed, live, unsaved) : id, forget: id }
      const reason = new Error('changed my mind')
      for (const [name, run] of offered(testBed, live.backend))
        await testBed.expectAborted(name, reason, () => run(ids[name], { signal: AbortSignal.abort(reason) }))
      await testBed.settle()
      assert.equal(live.find(id)?.saved, true, 'forget was aborted before it began, and had an effect')
      if (unsaved)
        assert.equal(live.find(ids.save)?.saved, false, 'save was aborted before it began, and had an effect')
    },
  }),
  law({
    id: 'storing-denied',
    says: 'save and forget reject with ERR_DENIED and change nothing when the system refuses them (E1)',
    needs: ['unsaved', 'add', 'refuseStoring'],
    async run(testBed) {
      const live = await testBed.open()
      const ids = {
        save: await unsavedIn(testBed, live, testBed.controls.unsaved),
        forget: await addTo(testBed, live),
      }
      for (const [name, run] of offered(testBed, live.backend)) {
        await testBed.controls.refuseStoring(ids[name])
        await testBed.expectRefusal(name, 'ERR_DENIED', () => run(ids[name], neverAborted))
      }
      await testBed.settle()
      const saved = [live.shown(ids.save).saved, live.shown(ids.forget).saved]
      assert.deepEqual(saved, [false, true], 'a refused command had an effect')
    },
  }),
  law({
    id: 'save-stores',
    says: 'save stores a configuration that is not saved: it is saved then, under the same id (N6)',
    needs: ['unsaved'],
    async run(testBed) {
      const live = await testBed.open()
      const save = command(testBed, live.backend, 'save')
      const id = await unsavedIn(testBed, live, testBed.controls.unsaved)
      await testBed.call('save', () => save(id, neverAborted))
      await testBed.waitUntilShown(live, id, 'is saved', ({ saved }) => saved)
    },
  }),
  law({
    id: 'save-saved',
    says: 'save of a configuration that is saved has no effect (N6)',
    needs: ['add'],
    async run(testBed) {
      const live = await testBed.open()
      const save = command(testBed, live.backend, 'save')
      const id = await addTo(testBed, live)
      const before = live.shown(id)
      await testBed.call('save', () => save(id, neverAborted))
      await testBed.settle()
      assert.equal(live.shown(id), before, 'a configuration that was saved already has changed')
    },
  }),
  law({
    id: 'forget-deletes',
    says: 'forget deletes what is stored: the configuration is gone, or no longer saved (N7)',
    needs: ['add'],
    async run(testBed) {
      const live = await testBed.open()
      const forget = command(testBed, live.backend, 'forget')
      const id = await addTo(testBed, live)
      await testBed.call('forget', () => forget(id, neverAborted))
      await testBed.waitUntil(
        `${JSON.stringify(id)} is gone, or no longer saved`,
        () => live.find(id)?.saved !== true,
      )
    },
  }),
  law({
    id: 'forget-in-use',
    says: 'forget of a link in use takes the link down (N7)',
    needs: ['add'],
    async run(testBed) {
      const live = await testBed.open()
      const forget = command(testBed, live.backend, 'forget')
      const id = await addTo(testBed, live)
      const activation = await testBed.bringUp(live, id)
      await testBed.call('forget', () => forget(id, neverAborted))
      await testBed.waitUntil(`${JSON.stringify(id)} is gone, or not saved and down`, () => {
        const found = live.find(id)
        return found === undefined || (!found.saved && found.link === 'down')
      })
      const { ended } = live.find(id) ?? { ended: { activation, reason: 'requested' } }
      assert.equal(ended?.reason, 'requested', `ended gives the reason ${ended?.reason}`)
    },
  }),
  law({
    id: 'forget-unsaved',
    says: 'forget of a configuration that is not saved has no effect (N7)',
    needs: ['unsaved'],
    async run(testBed) {
      const live = await testBed.open()
      const forget = command(testBed, live.backend, 'forget')
      const id = await unsavedIn(testBed, live, testBed.controls.unsaved)
      const before = live.shown(id)
      await testBed.call('forget', () => forget(id, neverAborted))
      await testBed.settle()
      assert.equal(live.find(id), before, 'a configuration that was not saved is gone or has changed')
    },
  }),
]

type Storing = (id: string, call: Call) => Promise<void>

/** The commands that the backend has; at least one. */
function offered(testBed: TestBed, backend: Backend): readonly (readonly ['save' | 'forget', Storing])[] {
  const all = COMMANDS.filter((name) => typeof backend[name] === 'function')
  if (all.length === 0) testBed.cannotRun('the backend has neither save nor forget')
  return all.map((name) => [name, command(testBed, backend, name)] as const)
}

/** One of the two commands. */
function command(testBed: TestBed, backend: Backend, name: 'save' | 'forget'): Storing {
  if (typeof backend[name] !== 'function') testBed.cannotRun(`the backend has no ${name}`)
  return async (id, call) => backend[name]?.(id, call)
}

async function addTo(testBed: TestBed<'add'>, live: Live): Promise<string> {
  const id = await testBed.controls.add()
  await testBed.waitUntil(`${JSON.stringify(id)} is added`, () => live.find(id) !== undefined)
  return id
}

async function unsavedIn(testBed: TestBed, live: Live, unsaved: () => Promise<string>): Promise<string> {
  const id = await unsaved()
  await testBed.waitUntil(`${JSON.stringify(id)} is shown`, () => live.find(id) !== undefined)
  assert.equal(live.shown(id).saved, false, `${id} is not stored, and the snapshot says that it is saved`)
  return id
}
