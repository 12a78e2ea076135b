import { expect, it } from 'vitest'
import {
  closedSession,
  type LinkView,
  reduceSession,
  type SessionMachine,
} from '../src/sessions/session-machine.js'

const UP: LinkView = {
  present: true,
  carrying: true,
  ready: true,
  lapsed: false,
  stopping: false,
  downBecause: null,
  state: 'connected',
}
const OPEN: SessionMachine = { ...closedSession(1), phase: 'open' }

it('S12 the error of a session whose grace is over has the system’s own word for the loss, also one that came later', () => {
  const [lost] = reduceSession(OPEN, { type: 'view', view: { ...UP, carrying: false } })
  const [told] = reduceSession(lost, {
    type: 'view',
    view: { ...UP, carrying: false, downBecause: 'the access point is gone' },
  })
  const [, effects] = reduceSession(told, { type: 'graceOver' })
  expect(effects).toContainEqual(
    expect.objectContaining({
      type: 'error',
      failure: expect.objectContaining({ reason: 'lost', native: 'the access point is gone' }),
    }),
  )
})
