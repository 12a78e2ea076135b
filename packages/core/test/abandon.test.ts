import { describe, expect, it } from 'vitest'
import { SessionRecord } from '../src/engine/sessions/session-record.js'
import { abandon } from '../src/engine/sessions/session-runner.js'
import type { NetworkSessionError } from '../src/index.js'

/** A session with one of everything that can be pending, and what becomes of each. */
function pending() {
  const record = new SessionRecord(1, 'a', { error: null, health: null, secrets: null }, () => {})
  const settled: string[] = []
  for (const [call, doing] of (['open', 'close', 'stop'] as const).entries())
    record.calls.set(call, {
      doing,
      resolve: () => settled.push(`${doing} resolved`),
      reject: (reason) => {
        const { code, reason: why } = reason as NetworkSessionError
        settled.push(`${doing} ${code}/${why}`)
      },
      signal: undefined,
      release: () => settled.push(`${doing} released`),
    })
  record.answers.set(4, (tookEffect) => settled.push(`answer ${tookEffect}`))
  record.waiters.add((isOpen) => settled.push(`waiter ${isOpen}`))
  return { record, settled }
}

describe('a session that is abandoned because its manager has closed (M7)', () => {
  it('leaves no promise pending, and no listener on the signal of a caller', () => {
    const { record, settled } = pending()
    abandon(record)
    expect(settled).toEqual([
      'answer false',
      'open released',
      'open sessionAborted/closed',
      'close released',
      'close resolved',
      'stop released',
      'stop resolved',
      'waiter false',
    ])
    abandon(record)
    expect(settled).toHaveLength(8)
  })

  it('has no listeners any more', () => {
    const { record } = pending()
    const heard: string[] = []
    record.emitter.on('opened', () => heard.push('opened'))
    record.subscribers.add({ getSnapshot: () => ({}) }, () => heard.push('snapshot'))
    abandon(record)
    record.emitter.emit('opened')
    record.subscribers.notify()
    expect(heard).toEqual([])
  })
})
