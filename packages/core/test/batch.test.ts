import { describe, expect, it } from 'vitest'
import { Batch, event, type Message } from '../src/engine/batch.js'
import { SessionRecord } from '../src/engine/sessions/session-record.js'

const session = (by: number) =>
  new SessionRecord(by, 'net', { error: null, health: null, secrets: null }, () => {})

/** Everything that a batch has to say, in order. */
function messagesOf(batch: Batch): Message['to'][] {
  const messages: Message['to'][] = []
  for (let message = batch.next(); message !== null; message = batch.next()) messages.push(message.to)
  return messages
}

describe('a batch', () => {
  it('hands out what sessions hear, then links, their sessions, rankings, and looks at the world', () => {
    const record = session(1)
    record.settle('serviceNetwork')
    const { network: use } = record
    if (use === null) throw new Error('it is on a service network')
    const batch = new Batch()
    batch.add([
      { to: 'lookout', record },
      {
        to: 'ranking',
        change: () => {
          throw new Error('not carried out here')
        },
      },
      { to: 'link', id: 'a', input: { type: 'stop', by: 1 } },
      { to: 'serviceNetwork', record, use, input: { type: 'look' } },
    ])
    expect(messagesOf(batch)).toEqual(['serviceNetwork', 'link', 'members', 'ranking', 'lookout'])
    expect([[...batch.links], [...batch.records]]).toEqual([['a'], [record]])
  })

  it('has the events of the host first, then those of each session, in the order in which they were made', () => {
    const heard: string[] = []
    const [first, second, third] = [session(1), session(2), session(3)]
    for (const record of [first, second, third])
      for (const name of ['opened', 'stateChanged'] as const)
        record.emitter.on(name, () => heard.push(`${name} ${record.by}`))
    const batch = new Batch()
    batch.add([
      event(third, 'opened'),
      event(first, 'opened'),
      { to: 'host', emit: () => heard.push('host') },
      event(second, 'opened'),
      event(first, 'stateChanged', 'connected'),
    ])
    batch.emit()
    expect(heard).toEqual(['host', 'stateChanged 1', 'opened 1', 'opened 2', 'opened 3'])
  })
})
